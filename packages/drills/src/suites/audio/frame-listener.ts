import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeFrame, type Frame } from '@sustain/audio';
import { ErrorHandler, exponential, reconnectRetry, Signals } from '@sustain/kernel';
import type { DrillSubject, Useful } from '../../drill/index.ts';
import type { FrameServer } from './frame-server.ts';

const FRAMES_A_USE = 3;

/** Listens to the first of several servers; to the next one when what comes is no sound. */
export class FrameListener implements DrillSubject {
  readonly drillable = true;
  readonly signals = new Signals();
  readonly servers: readonly FrameServer[];
  readonly #handler: ErrorHandler;
  #server = 0;
  #socket: Socket | undefined;
  #lastSequence = -1;

  constructor(servers: readonly FrameServer[]) {
    this.servers = servers;
    const toTheNext = reconnectRetry({
      reconnect: () => this.#toTheNext(),
      maxAttempts: 2,
      backoff: exponential({ baseMs: 5, jitter: 'none' }),
      attemptTimeoutMs: 200,
    });
    this.#handler = new ErrorHandler({
      component: 'listener',
      strategies: [toTheNext],
      signals: this.signals,
    });
  }

  /** Hears three frames in a row. */
  async use(signal: AbortSignal): Promise<Useful> {
    for (let heard = 0; heard < FRAMES_A_USE; heard++) await this.#hear(signal);
    return 'full';
  }

  async close(): Promise<void> {
    this.#socket?.destroy();
    await Promise.all(this.servers.map((server) => server.close()));
  }

  async #hear(signal: AbortSignal): Promise<void> {
    try {
      this.#take(decodeFrame(await this.#nextMessage(signal)));
    } catch (error) {
      signal.throwIfAborted();
      const { recovered } = await this.#handler.handleError(error, { component: 'listener' });
      if (recovered) return;
      this.#socket?.destroy(); // the next use begins anew, as a page does that is reloaded
      this.#socket = undefined;
      throw error;
    }
  }

  #take({ sequence, samplePosition, payload }: Frame): void {
    const isNext = sequence === this.#lastSequence + 1 && samplePosition === (sequence * payload.length) / 4;
    if (!isNext || payload.some((byte) => byte !== sequence % 251)) {
      throw new TypeError(`frame ${sequence} does not sound as it was sent`);
    }
    this.#lastSequence = sequence;
  }

  async #nextMessage(signal: AbortSignal): Promise<Uint8Array> {
    this.#socket ??= await this.#connect(signal);
    const socket = this.#socket;
    socket.write(Uint8Array.of(1));
    const length = await read(socket, 4, signal);
    return read(socket, length.readUInt32LE(), signal);
  }

  async #connect(signal: AbortSignal): Promise<Socket> {
    const { port } = this.servers[this.#server] as FrameServer;
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect', { signal });
    this.#lastSequence = -1;
    return socket;
  }

  async #toTheNext(): Promise<boolean> {
    this.#socket?.destroy();
    this.#server = (this.#server + 1) % this.servers.length;
    this.#socket = await this.#connect(AbortSignal.timeout(200));
    return true;
  }
}

async function read(socket: Socket, sizeBytes: number, signal: AbortSignal): Promise<Buffer> {
  for (;;) {
    const bytes = socket.read(sizeBytes) as Buffer | null;
    if (bytes !== null) return bytes;
    if (socket.destroyed || socket.readableEnded)
      throw Object.assign(new Error('cut'), { code: 'ECONNRESET' });
    await once(socket, 'readable', { signal });
  }
}
