import type { IncomingMessage } from 'node:http';
import { FRAME_HEADER_BYTES, MAX_PAYLOAD_BYTES } from '@sustain/audio';
import type { Clock } from '@sustain/kernel';
import { createWebSocketStream, WebSocket } from 'ws';

/** How a connection to the stream ended. */
export type StreamEnd =
  /** It was cut, or never came about: another may do better. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** All places are taken; asked for is a wait of so long. */
  | { readonly kind: 'full'; readonly retryAfterMs: number }
  /** The server does not want this listener, or they do not understand each other: another would end the same way. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** This side has left. */
  | { readonly kind: 'left' };

export interface StreamConnectionOptions {
  /** `ws:` or `wss:`, with all of its query. */
  readonly url: string;
  readonly accessToken?: string | undefined;
  readonly clock: Clock;
}

/** One WebSocket to the stream, from its opening, and why it ended. */
export class StreamConnection {
  readonly #socket: WebSocket;
  readonly #clock: Clock;
  #answer: IncomingMessage | undefined;
  #closed: { readonly code: number; readonly reason: string } | undefined;
  #problem: string | undefined;
  #retryAfterMs: number | undefined;
  #hasLeft = false;

  constructor({ url, accessToken, clock }: StreamConnectionOptions) {
    this.#clock = clock;
    this.#socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: FRAME_HEADER_BYTES + MAX_PAYLOAD_BYTES,
      ...(accessToken !== undefined && { headers: { authorization: `Bearer ${accessToken}` } }),
    });
    this.#socket.on('error', (error) => {
      this.#problem ??= describe(error);
    });
    this.#socket.on('unexpected-response', (_request, response) => {
      this.#answer = response;
      this.drop();
    });
    this.#socket.once('close', (code, reason) => {
      this.#closed = { code, reason: String(reason) };
    });
  }

  get hasLeft(): boolean {
    return this.#hasLeft;
  }

  /** Binary messages as bytes, text as text; until the connection has ended, however it does. */
  async *messages(): AsyncGenerator<Buffer | string, void, undefined> {
    const options = { readableObjectMode: true, readableHighWaterMark: MOST_WAITING };
    try {
      yield* createWebSocketStream(this.#socket, options);
    } catch (error) {
      this.#problem ??= describe(error);
    }
  }

  /** Says goodbye; what comes until the other side has is not for us. */
  leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#socket.close(1000);
    this.#clock.schedule(GOODBYE_LIMIT_MS, () => this.drop(), { keepAlive: false });
  }

  silent(limitMs: number): void {
    this.#problem ??= `nothing came for ${limitMs / 1000} s`;
    this.drop();
  }

  unreadable(): void {
    this.#problem ??= 'a frame could not be read';
    this.drop();
  }

  /** The server said what was wrong; it closes then. */
  told({ retryAfterMs }: Readonly<Record<string, unknown>>): void {
    if (typeof retryAfterMs === 'number' && retryAfterMs >= 0) this.#retryAfterMs = retryAfterMs;
  }

  /** Ends it at once. Harmless when it has ended. */
  drop(): void {
    this.#socket.terminate();
  }

  end(wallMs: number): StreamEnd {
    if (this.#hasLeft) return { kind: 'left' };
    if (this.#answer !== undefined) return endByAnswer(this.#answer, wallMs);
    const { code = 1006, reason = '' } = this.#closed ?? {};
    if (code === 1008 && this.#retryAfterMs !== undefined) return full(this.#retryAfterMs);
    const closed = `it was closed with ${code}${reason && ` (${reason})`}`;
    if (TERMINAL_CODES.has(code)) return { kind: 'refused', reason: closed };
    return { kind: 'lost', reason: this.#problem ?? closed };
  }
}

/** How long the server may take to say goodbye as well. */
const GOODBYE_LIMIT_MS = 1000;

/** Frames that may wait for the ear before the network has to. */
const MOST_WAITING = 64;

const DEFAULT_RETRY_AFTER_MS = 5000;
const MOST_RETRY_AFTER_MS = 60_000;

/** Policy, authentication, permission. */
const TERMINAL_CODES = new Set([1008, 4401, 4403]);

function endByAnswer({ statusCode = 0, headers }: IncomingMessage, wallMs: number): StreamEnd {
  const reason = `the server answered ${statusCode}`;
  if (statusCode === 503 || statusCode === 429) return full(retryAfterMsOf(headers['retry-after'], wallMs));
  if (statusCode === 401) return { kind: 'refused', reason: `${reason}: it wants an access token (--token)` };
  return { kind: statusCode >= 500 ? 'lost' : 'refused', reason };
}

function full(retryAfterMs: number): StreamEnd {
  return { kind: 'full', retryAfterMs: Math.min(retryAfterMs, MOST_RETRY_AFTER_MS) };
}

/** Seconds, or a date: RFC 9110, section 10.2.3. */
function retryAfterMsOf(header: string | undefined, wallMs: number): number {
  const waitMs = Number(header) * 1000;
  const untilMs = Date.parse(header ?? '') - wallMs;
  const askedMs = Number.isNaN(waitMs) ? untilMs : waitMs;
  return Number.isNaN(askedMs) ? DEFAULT_RETRY_AFTER_MS : Math.max(0, askedMs);
}

/** An error of several addresses has no message of its own. */
function describe(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  return message || code || String(error);
}
