/** What a peer replies, before the script delivers it well or badly. */
export interface Reply {
  readonly status: number;
  /** Names in small letters. `content-length` is added where the length is known. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, in the pieces in which it comes: of an event stream one event each. */
  readonly pieces: readonly Uint8Array[];
  /** Whether it is sent bit by bit, its length unknown (`transfer-encoding: chunked`); otherwise it is one piece, or none. */
  readonly streamed: boolean;
  /** What it costs its asker, in tokens. Default 0. */
  readonly tokens?: number;
}

/** A reply of JSON, in one piece. */
export function jsonReply(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return textReply(status, JSON.stringify(body), { 'content-type': 'application/json', ...headers });
}

/** A reply of text, in one piece; as plain text where the headers do not say otherwise. */
export function textReply(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
    pieces: [bytesOf(text)],
    streamed: false,
  };
}

/** A stream of server-sent events, each given whole, as `sseEvent` makes them. */
export function sseReply(events: readonly string[]): Reply {
  return {
    status: 200,
    headers: { 'content-type': EVENT_STREAM, 'cache-control': 'no-cache' },
    pieces: events.map(bytesOf),
    streamed: true,
  };
}

/** One server-sent event: its data as JSON, or text as it is. */
export function sseEvent(data: unknown, event?: string): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`;
}

export function isEventStream(reply: Reply): boolean {
  return reply.headers['content-type'] === EVENT_STREAM;
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const EVENT_STREAM = 'text/event-stream; charset=utf-8';
