import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach } from 'vitest';
import { TcpProxy, type TcpProxyOptions } from './index.ts';

const closing: (() => Promise<unknown> | unknown)[] = [];

/** Has something closed after the test, the last first. */
export function defer(close: () => Promise<unknown> | unknown): void {
  closing.push(close);
}

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** Has a server of this process listen, on loopback or on a Unix socket, and answers its port. */
export async function listening(server: Server, at: number | string = 0): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(typeof at === 'string' ? { path: at } : { port: at, host: '127.0.0.1' });
  await once(server, 'listening');
  defer(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A server that gives each connection to the test. */
export interface Served {
  readonly port: number;
  /** The next connection that has not been asked for. */
  next(): Promise<Peer>;
}

export async function served(): Promise<Served> {
  const arrived: Peer[] = [];
  const waiting: ((peer: Peer) => void)[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const peer = new Peer(socket);
    const first = waiting.shift();
    if (first === undefined) arrived.push(peer);
    else first(peer);
  });
  const port = await listening(server);
  const next = () => {
    const peer = arrived.shift();
    return peer !== undefined ? Promise.resolve(peer) : new Promise<Peer>((resolve) => waiting.push(resolve));
  };
  return { port, next };
}

/** One end of a connection, and what came to it. */
export class Peer {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  /** `open` until it is told of an end, or of a reset. */
  fate: 'open' | 'ended' | 'reset' = 'open';
  #changed: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#chunks.push(bytes);
      this.#bytes += bytes.length;
      this.#changed();
    });
    socket.on('end', () => this.#now('ended'));
    socket.on('error', () => this.#now('reset')); // ECONNRESET or EPIPE
    defer(() => socket.destroy());
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return `${this.received}`;
  }

  send(text: string | Buffer): void {
    this.socket.write(text);
  }

  /** Resolves when so many bytes, or this text, have come in all. */
  hears(what: number | string): Promise<void> {
    const bytes = typeof what === 'number' ? what : Buffer.byteLength(what);
    return this.#until(() => this.#bytes >= bytes);
  }

  /** Resolves when it is told of an end or a reset. */
  meets(fate: 'ended' | 'reset'): Promise<void> {
    return this.#until(() => this.fate === fate);
  }

  forget(): void {
    this.#chunks.length = 0;
    this.#bytes = 0;
  }

  #now(fate: 'ended' | 'reset'): void {
    this.fate = fate;
    this.#changed();
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      await new Promise<void>((resolve) => {
        const before = this.#changed;
        this.#changed = () => {
          before();
          resolve();
        };
      });
    }
    this.#changed = () => undefined;
  }
}

export async function startProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(options);
  defer(() => proxy.close());
  return proxy;
}

/** Connects; rejects with the system's error. */
export async function client(port: number): Promise<Peer> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  await once(socket, 'connect');
  return new Peer(socket);
}

/**
 * A client and what it is connected with, through a proxy, which has handed on one byte down: a server may be connected
 * before the proxy knows.
 */
export async function pair(options: Partial<TcpProxyOptions> = {}) {
  const server = await served();
  const proxy = await startProxy({ upstream: { port: server.port }, ...options });
  const another = async () => {
    const near = await client(proxy.port);
    const far = await server.next();
    far.send('.');
    await near.hears(1);
    near.forget();
    return { near, far };
  };
  return { server, proxy, another, ...(await another()) };
}
