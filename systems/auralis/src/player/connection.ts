import { audioFaults, decodeFrame, type Frame } from '@sustain/audio';
import type { Clock, Random, Timer } from '@sustain/kernel';
import { parseServerMessage, type ServerMessage } from './server-message.ts';

/** How the player stands with the server. */
export type ConnectionState =
  | { readonly state: 'closed' }
  | { readonly state: 'connecting' }
  | { readonly state: 'open' }
  /** The connection was lost; the next attempt is made after `delayMs`. */
  | { readonly state: 'reconnecting'; readonly attempt: number; readonly delayMs: number }
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
}

/**
 * The WebSocket to the stream, made again whenever it is lost: after a random time ("full jitter") up to 0.1, 0.25,
 * 0.5, 1, 2 and then always 5 s, so that thousands of listeners do not come back in one moment. A connection that
 * held for 10 s starts the row anew. Silence is a loss too: nothing for 2 s on an open stream, or no welcome within
 * 5 s, closes it (a half-open connection would stay silent for ever), and so is a frame that cannot be read.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #socket: WebSocket | undefined;
  #watchdog: Timer | undefined;
  #retry: Timer | undefined;
  #stable: Timer | undefined;
  #attempt = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Connects, and stays connected until `close`. Harmless when it does already. */
  open(): void {
    if (this.#socket !== undefined || this.#retry !== undefined) return;
    this.#attempt = 0;
    this.#options.listener.onState({ state: 'connecting' });
    this.#connect();
  }

  /** Ends the connection and all attempts. Harmless when closed. */
  close(): void {
    this.#drop();
    this.#options.listener.onState({ state: 'closed' });
  }

  /** Gives up, for a reason that connecting again would not change. */
  refuse(reason: string): void {
    this.#drop();
    this.#options.listener.onState({ state: 'refused', reason });
  }

  /** Sends a text message. False when there is no open connection. */
  send(message: string): boolean {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(message);
    return true;
  }

  #connect(): void {
    const socket = new WebSocket(this.#options.url);
    socket.binaryType = 'arraybuffer';
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => {
      if (TERMINAL_CODES.has(event.code))
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
    if (message.type === 'welcome') this.#welcomed();
    this.#options.listener.onMessage(message);
  }

  #welcomed(): void {
    this.#options.listener.onState({ state: 'open' });
    this.#stable = this.#options.clock.schedule(STABLE_MS, () => {
      this.#attempt = 0;
    });
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
    this.#options.listener.onFrame(frame);
  }

  #lost(): void {
    this.#drop();
    const longestMs = RETRY_DELAYS_MS[Math.min(this.#attempt, RETRY_DELAYS_MS.length - 1)] as number;
    const delayMs = this.#options.random.next() * longestMs;
    this.#attempt++;
    this.#retry = this.#options.clock.schedule(delayMs, () => {
      this.#retry = undefined;
      this.#connect();
    });
    this.#options.listener.onState({ state: 'reconnecting', attempt: this.#attempt, delayMs });
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
const STABLE_MS = 10_000;
const SILENCE_LIMIT_MS = 2000;
const WELCOME_LIMIT_MS = 5000;

/** Policy, authentication, permission: the next attempt would end the same way. */
const TERMINAL_CODES = new Set([1008, 4401, 4403]);
