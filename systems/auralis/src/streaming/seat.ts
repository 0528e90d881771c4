import type { Clock } from '@sustain/kernel';
import type { Listener, ListenerSocket } from './listener.ts';

export interface SeatOptions {
  readonly listener: Listener;
  readonly socket: ListenerSocket;
  readonly clock: Clock;
  /** Called once. */
  readonly onLeave: (closeCode: number, listenedMs: number) => void;
}

/** The place of a connection among those who listen. */
export class Seat {
  readonly listener: Listener;
  readonly #options: SeatOptions;
  readonly #sinceMs: number;
  #isTaken = true;

  constructor(options: SeatOptions) {
    this.listener = options.listener;
    this.#options = options;
    this.#sinceMs = options.clock.monotonicMs();
  }

  /** The connection is closed, or told to go: it hears nothing more. Leaving twice is harmless. */
  leave(closeCode: number): void {
    if (!this.#isTaken) return;
    this.#isTaken = false;
    this.listener.end();
    this.#options.onLeave(closeCode, this.#options.clock.monotonicMs() - this.#sinceMs);
  }

  /** Its listener came back on another connection. */
  replace(): void {
    const { socket, clock } = this.#options;
    this.leave(CLOSE_REPLACED);
    socket.close(CLOSE_REPLACED, 'the listener came back on another connection');
    clock.schedule(CLOSE_PATIENCE_MS, () => socket.terminate(), { keepAlive: false });
  }
}

/** Our own close code: the listener came back on another connection. */
export const CLOSE_REPLACED = 4009;

/** Nobody is there to answer, as a rule. */
const CLOSE_PATIENCE_MS = 1000;
