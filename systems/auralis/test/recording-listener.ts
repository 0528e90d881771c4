import { decodeFrame, decodePcm16, type Frame, frameFlags } from '@sustain/audio';
import { WebSocket } from 'ws';

/** A frame as it was heard. */
export interface HeardFrame extends Frame {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly concealed: boolean;
  readonly fallback: boolean;
}

/** A real listener that keeps all that it is sent. */
export class RecordingListener {
  readonly frames: HeardFrame[] = [];
  readonly messages: Record<string, unknown>[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  readonly #watchers = new Set<() => void>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    const closed = Promise.withResolvers<{ code: number; reason: string }>();
    this.closed = closed.promise;
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.frames.push(hear(data));
      else this.messages.push(JSON.parse(String(data)));
      for (const look of [...this.#watchers]) look();
    });
    socket.on('close', (code, reason) => closed.resolve({ code, reason: String(reason) }));
    socket.on('error', (error) => this.messages.push({ type: 'socket error', message: error.message }));
  }

  /** Connects to `ws /auralis/stream` of the server at `url`. */
  static async connect(url: string): Promise<RecordingListener> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/auralis/stream`);
    const listener = new RecordingListener(socket);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return listener;
  }

  send(data: string | Buffer): void {
    this.#socket.send(data);
  }

  /** Stops reading, as a hung browser does. */
  pause(): void {
    this.#socket.pause();
  }

  /** Called with every frame. Answers the way to stop. */
  onFrame(listener: (frame: HeardFrame) => void): () => void {
    let heard = this.frames.length;
    const look = () => {
      for (; heard < this.frames.length; heard++) listener(this.frames[heard] as HeardFrame);
    };
    this.#watchers.add(look);
    return () => this.#watchers.delete(look);
  }

  /** Resolves when what was heard so far satisfies `condition`. */
  until(condition: (listener: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!condition(this)) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }

  /** Resolves with the next message of this type. */
  async next(type: string): Promise<Record<string, unknown>> {
    const from = this.messages.length;
    const find = () => this.messages.slice(from).find((message) => message.type === type);
    await this.until(() => find() !== undefined);
    return find() as Record<string, unknown>;
  }

  /** Leaves. Answers what was heard until now: some more may be under way. */
  stop(): readonly HeardFrame[] {
    this.#socket.close();
    return [...this.frames];
  }
}

function hear(data: Buffer): HeardFrame {
  const frame = decodeFrame(data);
  const frames = frame.payload.length / 4;
  const channels = [new Float32Array(frames), new Float32Array(frames)] as const;
  decodePcm16(frame.payload, 0, frames, channels);
  const has = (flag: number) => (frame.flags & flag) !== 0;
  return {
    ...frame,
    left: channels[0],
    right: channels[1],
    concealed: has(frameFlags.concealed),
    fallback: has(frameFlags.fallback),
  };
}
