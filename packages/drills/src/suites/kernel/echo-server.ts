import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Random } from '@sustain/kernel';
import { freePort } from '../../processes/index.ts';

/** A TCP server on loopback that answers what it is sent. */
export class EchoServer {
  readonly port: number;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  static async start(random: Random): Promise<EchoServer> {
    const server = new EchoServer(await freePort(random.fork('port')));
    await server.open();
    return server;
  }

  private constructor(port: number) {
    this.port = port;
  }

  async open(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => undefined); // a client that leaves is no matter
      socket.on('data', (bytes) => socket.write(bytes));
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
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
