import { audioFaults, decodeFrame, type Frame } from '@sustain/audio';
import type { Clock, Random, Timer } from '@sustain/kernel';
import { Place } from './place.ts';
import { parseServerMessage, type ServerMessage } from './server-message.ts';

/** How the player stands with the server. */
export type ConnectionState =
  | { readonly state: 'closed' }
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  /** The connection was lost; the next attempt is made after `delayMs`. */
  | {
      readonly state: 'reconnecting';
      readonly attempt: number;
      readonly delayMs: number;
      /** All places are taken. */
      readonly full: boolean;
    }
  /** The server does not want this player, or they do not understand each other: connecting again is no use. */
  | { readonly state: 'refused'; readonly reason: string };

export interface ConnectionListener {
  onState(state: ConnectionState): void;
  onMessage(message: ServerMessage): void;
  onFrame(frame: Frame): void;
}

export interface ConnectionOptions {
  /** `ws:` or `wss:`. */
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly listener: ConnectionListener;
  /** How much audio is wanted at once after a loss, in milliseconds. Default: what the server sends to newcomers. */
  readonly bufferMs?: () => number | undefined;
}

/**
 * The WebSocket to the stream, made again whenever it is lost: after a random time ("full jitter") up to 0.1, 0.25,
 * 0.5, 1, 2 and then always 5 s, so that thousands of listeners do not come back in one moment; in the first 5 s after the
 * loss never more than 1 s, so that a short outage stays short. A connection that held for 10 s starts the row anew. It
 * comes back with the token of its last welcome, and so goes on in the stream where it was.
 *
 * Silence is a loss too: nothing for 2 s on an open stream, or no welcome within 5 s, closes it (a half-open connection
 * would stay silent for ever), and so is a frame that cannot be read. A server that is full is asked again when it says.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #socket: WebSocket | undefined;
  #watchdog: Timer | undefined;
  #retry: Timer | undefined;
  #stable: Timer | undefined;
  #attempt = 0;
  /** When the first of the losses was that no stable connection has followed. */
  #lostSinceMs: number | undefined;
  /** Where the stream goes on after a loss. */
  #place = new Place();
  /** The server is full, and is to be asked again after so long. */
  #fullForMs: number | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Connects, and stays connected until `close`. Harmless when it does already. */
  open(): void {
    if (this.#socket !== undefined || this.#retry !== undefined) return;
    this.#startAnew();
    this.#options.listener.onState({ state: 'connecting' });
    this.#connect();
  }

  /** Ends the connection and all attempts. Harmless when closed. */
  close(): void {
    this.#drop();
    this.#place = new Place();
    this.#options.listener.onState({ state: 'closed' });
  }

  /** Gives up, for a reason that connecting again would not change. */
  refuse(reason: string): void {
    this.#drop();
    this.#place = new Place();
    this.#options.listener.onState({ state: 'refused', reason });
  }

  /** Sends a text message. False when there is no open connection. */
  send(message: string): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(message);
    return true;
  }

  #connect(): void {
    const { url, bufferMs } = this.#options;
    this.#fullForMs = undefined;
    const socket = new WebSocket(this.#place.addressFrom(url, bufferMs?.()));
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => {
      if (TERMINAL_CODES.has(event.code) && this.#fullForMs === undefined)
        this.refuse(event.reason || 'The server does not accept this connection.');
      else this.#lost();
    };
    this.#socket = socket;
    this.#watch(WELCOME_LIMIT_MS);
  }

  #receive(data: unknown): void {
    this.#watch(SILENCE_LIMIT_MS);
    if (typeof data === 'string') this.#receiveText(data);
    else if (data instanceof ArrayBuffer) this.#receiveFrame(new Uint8Array(data));
  }

  #receiveText(text: string): void {
    const message = parseServerMessage(text);
    if (message === undefined) return;
    if (message.type === 'welcome') this.#welcomed(message.token);
    if (message.type === 'error' && message.code === 'TOO_MANY_LISTENERS') {
      this.#fullForMs = message.retryAfterMs ?? FULL_FOR_MS;
    }
    this.#options.listener.onMessage(message);
  }

  #welcomed(token: string | undefined): void {
    this.#place.welcomed(token);
    this.#options.listener.onState({ state: 'open' });
    this.#stable = this.#options.clock.schedule(STABLE_MS, () => this.#startAnew());
  }

  #startAnew(): void {
    this.#attempt = 0;
    this.#lostSinceMs = undefined;
  }

  #receiveFrame(message: Uint8Array): void {
    let frame: Frame;
    try {
      frame = decodeFrame(message);
    } catch (error) {
      if (audioFaults.FRAME_VERSION_UNKNOWN.matches(error)) this.refuse(error.userMessage ?? error.message);
      else this.#lost();
      return;
    }
    this.#place.got(frame);
    this.#options.listener.onFrame(frame);
  }

  #lost(): void {
    const full = this.#fullForMs !== undefined;
    this.#drop();
    const delayMs = this.#delayMs();
    this.#attempt++;
    this.#retry = this.#options.clock.schedule(delayMs, () => {
      this.#retry = undefined;
      this.#connect();
    });
    this.#options.listener.onState({ state: 'reconnecting', attempt: this.#attempt, delayMs, full });
  }

  #delayMs(): number {
    const { clock, random } = this.#options;
    // Those who were turned away together are not to come back together.
    if (this.#fullForMs !== undefined) return this.#fullForMs * (1 + random.next() / 2);
    const nowMs = clock.monotonicMs();
    this.#lostSinceMs ??= nowMs;
    const longestMs = RETRY_DELAYS_MS[Math.min(this.#attempt, RETRY_DELAYS_MS.length - 1)] as number;
    const isShort = nowMs - this.#lostSinceMs < SHORT_OUTAGE_MS;
    return random.next() * (isShort ? Math.min(longestMs, SHORT_OUTAGE_DELAY_MS) : longestMs);
  }

  #drop(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#watchdog?.cancel();
    this.#stable?.cancel();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  #watch(limitMs: number): void {
    this.#watchdog?.cancel();
    this.#watchdog = this.#options.clock.schedule(limitMs, () => this.#lost());
  }
}

const RETRY_DELAYS_MS = [100, 250, 500, 1000, 2000, 5000];
const SHORT_OUTAGE_MS = 5000;
const SHORT_OUTAGE_DELAY_MS = 1000;
const FULL_FOR_MS = 5000;
const STABLE_MS = 10_000;
const SILENCE_LIMIT_MS = 2000;
const WELCOME_LIMIT_MS = 5000;

/** Policy, authentication, permission: the next attempt would end the same way. */
const TERMINAL_CODES = new Set([1008, 4401, 4403]);
