import type { Socket } from 'node:net';
import type { Clock, Timer } from '@sustain/kernel';
import type { Outlet } from './outlet.ts';

/** How long a reset waits for a reader to take what comes before it. */
const FLUSH_MS = 1000;

/** The end of a way: the socket of the side that it leads to. */
export class SocketOutlet implements Outlet {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #onReset: () => void;
  #flushing: Timer | undefined;
  onRoom: () => void = () => undefined;
  /** Handed to the system so far. */
  writtenBytes = 0;

  /** `onReset` is called when a reset has come through, after all that was written before it. */
  constructor(socket: Socket, clock: Clock, onReset: () => void) {
    this.#socket = socket;
    this.#clock = clock;
    this.#onReset = onReset;
    socket.on('drain', () => this.onRoom());
    socket.once('close', () => {
      this.#flushing?.cancel();
      this.onRoom(); // nothing waits for one that is gone
    });
  }

  get isFull(): boolean {
    return this.#socket.writableNeedDrain && this.#socket.writable;
  }

  bytes(bytes: Buffer): void {
    if (!this.#socket.writable) return; // it has ended, or it is gone: nobody can get this any more
    this.writtenBytes += bytes.length;
    this.#socket.write(bytes);
  }

  close(how: 'end' | 'reset'): void {
    const socket = this.#socket;
    if (how === 'end') {
      if (socket.writable) socket.end();
    } else if (socket.writableLength === 0 || socket.destroyed) this.#onReset();
    else {
      this.#flushing ??= this.#clock.schedule(FLUSH_MS, this.#onReset, { keepAlive: false });
      if (socket.writable) socket.write('', this.#onReset);
      else socket.once('finish', this.#onReset);
    }
  }
}
