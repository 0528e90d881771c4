import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns';
import { once } from 'node:events';
import type { LookupFunction } from 'node:net';

/** A name server on loopback: every name is this machine's, or nobody's. */
export class NameServer {
  /** Whether the names that it is asked for exist. */
  knowsNames = true;
  /** What it does not answer at all: names with this in them. */
  silentOn: string | undefined;
  readonly #socket: Socket;
  readonly #resolver: Resolver;

  /** Those who ask it wait for `timeoutMs`, about: the resolver adds to it what it thinks fit. */
  static async start(timeoutMs = 1000): Promise<NameServer> {
    const socket = createSocket('udp4');
    const server = new NameServer(socket, timeoutMs);
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    server.#resolver.setServers([`127.0.0.1:${socket.address().port}`]);
    return server;
  }

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#resolver = new Resolver({ timeout: timeoutMs, tries: 1 });
    socket.on('message', (query, { port, address }) => {
      if (this.silentOn !== undefined && query.includes(this.silentOn)) return;
      socket.send(this.knowsNames ? loopbackFor(query) : noSuchName(query), port, address);
    });
  }

  /** For `net.connect`. */
  get lookup(): LookupFunction {
    return (name, { all }, answer) =>
      this.#resolver.resolve4(name, (error, addresses = []) => {
        if (error !== null) return answer(error, '');
        const found = addresses.map((address) => ({ address, family: 4 }));
        return all === true ? answer(null, found) : answer(null, found[0]?.address ?? '', 4);
      });
  }

  /** The addresses of a name; rejects with the resolver's error. */
  resolve(name: string): Promise<string[]> {
    const { promise, resolve, reject } = Promise.withResolvers<string[]>();
    this.#resolver.resolve4(name, (error, addresses) =>
      error === null ? resolve(addresses) : reject(error),
    );
    return promise;
  }

  async close(): Promise<void> {
    const closed = once(this.#socket, 'close');
    this.#socket.close();
    await closed;
  }
}

// The messages are those of RFC 1035, section 4.

const HEADER_BYTES = 12;
const NO_SUCH_NAME = 3;

function noSuchName(query: Buffer): Buffer {
  return reply(query, NO_SUCH_NAME);
}

/** A, IN, for no time at all: 127.0.0.1. The name is that of the question, at byte 12. */
function loopbackFor(query: Buffer): Buffer {
  const answer = [0xc0, HEADER_BYTES, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1];
  return reply(query, 0, Buffer.from(answer));
}

function reply(query: Buffer, resultCode: number, answer?: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  header.writeUInt16BE(0x8180 | resultCode, 2); // a response, recursion desired and available
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(answer === undefined ? 0 : 1, 6);
  const questionEnd = query.indexOf(0, HEADER_BYTES) + 5; // the end of the name, its type and class
  return Buffer.concat([header, query.subarray(HEADER_BYTES, questionEnd), answer ?? Buffer.alloc(0)]);
}
