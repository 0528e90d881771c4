import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { encodeFrameHeader, FRAME_HEADER_BYTES } from '@sustain/audio';

const PAYLOAD_BYTES = 160;

/** Damages a message: header and payload of one frame. */
export type Damage = (message: Uint8Array) => Uint8Array;

/** Answers each byte that it gets with the next frame: a message after its length as a 32-bit number. */
export class FrameServer {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What is done to every message. */
  damage: Damage | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#serve(socket));
  }

  /** On a free loopback port. */
  static async start(): Promise<FrameServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FrameServer(server);
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    let sequence = 0;
    this.#sockets.add(socket);
    socket.on('data', (bytes) => {
      for (const _ of bytes) socket.write(prefixed(this.#message(sequence++)));
    });
    socket.on('error', () => socket.destroy()); // the listener went away
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #message(sequence: number): Uint8Array {
    const message = new Uint8Array(FRAME_HEADER_BYTES + PAYLOAD_BYTES).fill(sequence % 251);
    const samplePosition = (sequence * PAYLOAD_BYTES) / 4;
    encodeFrameHeader({ flags: 0, epoch: 1, sequence, samplePosition, payloadBytes: PAYLOAD_BYTES }, message);
    return this.damage?.(message) ?? message;
  }
}

function prefixed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(message.length);
  return Buffer.concat([length, message]);
}
