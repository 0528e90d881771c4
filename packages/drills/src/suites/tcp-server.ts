import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

/** A TCP server on loopback, which can go down and come back to its port. */
export class TcpServer {
  readonly #serve: (socket: Socket) => void;
  readonly #sockets = new Set<Socket>();
  #port: number;
  #server: Server | undefined;

  /** On this port; 0 for a free one, which another may take while it is down. `serve` is called with each connection. */
  static async start(port: number, serve: (socket: Socket) => void): Promise<TcpServer> {
    const server = new TcpServer(port, serve);
    await server.open();
    return server;
  }

  private constructor(port: number, serve: (socket: Socket) => void) {
    this.#port = port;
    this.#serve = serve;
  }

  get port(): number {
    return this.#port;
  }

  /** Resolves when it listens; rejects with the system's error. */
  async open(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined); // a client that leaves is no matter
      this.#serve(socket);
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as { port: number }).port;
    this.#server = server;
  }

  /** RST to all who are connected. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Ends all connections in good order; takes new ones, if it listens. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends all connections, and listens no longer. Idempotent. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    this.hangUp();
    await closed;
  }
}
