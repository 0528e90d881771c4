import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

export const HOST = '127.0.0.1';

/** A port that can be closed and opened again while connections that came through it stay. */
export class ProxyPort {
  readonly number: number;
  readonly #onClient: (client: Socket) => void;
  #server: Server | undefined;
  #refusing = 0;
  #isClosed = false;
  /** One opening at a time. */
  #opening: Promise<void> = Promise.resolve();

  /** `onClient` gets each connection that is accepted, paused. */
  constructor(number: number, onClient: (client: Socket) => void) {
    this.number = number;
    this.#onClient = onClient;
  }

  /** Resolves when it is open, or should not be any more. Rejects when the system does not give the port. */
  open(): Promise<void> {
    const opened = this.#opening.then(() => this.#open());
    this.#opening = opened.catch(() => undefined); // whoever called has it
    return opened;
  }

  /** Closes it, until `allow` was called as often. */
  refuse(): void {
    this.#refusing++;
    this.#stop();
  }

  async allow(): Promise<void> {
    this.#refusing--;
    await this.open();
  }

  /** For good. Resolves when it is closed. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop();
    await this.#opening;
  }

  async #open(): Promise<void> {
    if (this.#server !== undefined || !this.#shouldBeOpen()) return;
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, this.#onClient);
    server.listen(this.number, HOST);
    await once(server, 'listening');
    server.on('error', () => undefined); // one could not be accepted (EMFILE): its client sees that it is closed
    this.#server = server;
    if (!this.#shouldBeOpen()) this.#stop();
  }

  #shouldBeOpen(): boolean {
    return this.#refusing === 0 && !this.#isClosed;
  }

  /** The system closes it at once; the `close` event would wait for the connections. */
  #stop(): void {
    this.#server?.close();
    this.#server = undefined;
  }
}
