/** What a client gets: the text so far, and how it ended. */
export interface Heard {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined when the body ended as it should. */
  readonly error: unknown;
}

export interface Call {
  readonly json?: unknown;
  readonly body?: NonNullable<RequestInit['body']>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Posts JSON, or a body. */
export function post(url: string, { json, body, headers = {}, signal }: Call = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { ...(json !== undefined && { 'content-type': 'application/json' }), ...headers },
    body: body ?? JSON.stringify(json),
    ...(signal && { signal }),
  });
}

/** Reads all that comes. */
export async function hear(
  response: Response,
  onPart: (text: string) => void = () => undefined,
): Promise<Heard> {
  const decoder = new TextDecoder();
  let text = '';
  let error: unknown;
  try {
    for await (const part of response.body ?? []) {
      text += decoder.decode(part, { stream: true });
      onPart(text);
    }
  } catch (thrown) {
    error = thrown;
  }
  return { status: response.status, headers: response.headers, text, error };
}

/** The data of each server-sent event. Comments are none. */
export function eventsOf(text: string): readonly unknown[] {
  return text
    .split('\n\n')
    .map((event) => /^data: (.*)$/m.exec(event)?.[1])
    .filter((data) => data !== undefined)
    .map((data) => (data === '[DONE]' ? data : JSON.parse(data)));
}

/** The code of the error below `error`: `ECONNRESET`, `UND_ERR_SOCKET`. */
export function codeBelow(error: unknown): unknown {
  const { cause } = error as { cause?: { code?: unknown } };
  return cause?.code;
}
