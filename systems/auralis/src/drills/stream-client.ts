import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';

/** A listener as a program: a real WebSocket to the stream, which keeps what `hear` makes of each frame. */
export class StreamClient<Heard> {
  readonly frames: Heard[] = [];
  readonly messages: Record<string, unknown>[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #socket: WebSocket;
  readonly #watchers = new Set<() => void>();
  #connection: Socket | undefined;

  private constructor(socket: WebSocket, hear: (frame: Buffer) => Heard) {
    this.#socket = socket;
    const closed = Promise.withResolvers<{ code: number; reason: string }>();
    this.closed = closed.promise;
    socket.once('upgrade', (response: IncomingMessage) => {
      this.#connection = response.socket;
    });
    socket.on('message', (data: Buffer, isBinary) => {
      if (isBinary) this.frames.push(hear(data));
      else this.messages.push(JSON.parse(String(data)));
      for (const look of [...this.#watchers]) look();
    });
    socket.on('close', (code, reason) => closed.resolve({ code, reason: String(reason) }));
    socket.on('error', (error) => this.messages.push({ type: 'socket error', message: error.message }));
  }

  /** Connects to `ws /auralis/stream` of the server at `url`. `query` is that of a hello, as `resume=…`. */
  static async connect<Heard>(
    url: string,
    hear: (frame: Buffer) => Heard,
    query = '',
  ): Promise<StreamClient<Heard>> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/auralis/stream?${query}`);
    const client = new StreamClient(socket, hear);
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return client;
  }

  /** Sends a text, or binary data. */
  send(data: string | Buffer): void {
    this.#socket.send(data);
  }

  /** Sends bytes as a text, which need not be UTF-8. */
  sendAsText(bytes: Buffer): void {
    this.#socket.send(bytes, { binary: false });
  }

  /** Sends bytes past the protocol, as they are. */
  sendRaw(bytes: Buffer): void {
    this.#connection?.write(bytes);
  }

  /** Stops reading, as a hung browser does. */
  pause(): void {
    this.#socket.pause();
  }

  /** Reads on. */
  resume(): void {
    this.#socket.resume();
  }

  /** Called with every frame. Answers the way to stop. */
  onFrame(listener: (frame: Heard) => void): () => void {
    let heard = this.frames.length;
    const look = () => {
      for (; heard < this.frames.length; heard++) listener(this.frames[heard] as Heard);
    };
    this.#watchers.add(look);
    return () => this.#watchers.delete(look);
  }

  /** Resolves when what was heard so far satisfies `condition`. Rejects with the reason of `signal`. */
  until(condition: (client: this) => boolean, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#watchers.delete(look);
        signal?.removeEventListener('abort', onAbort);
      };
      const look = () => {
        if (!condition(this)) return;
        leave();
        resolve();
      };
      const onAbort = () => {
        leave();
        reject(signal?.reason);
      };
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#watchers.add(look);
      look();
    });
  }

  /** Resolves with the next message of this type. */
  async next(type: string, signal?: AbortSignal): Promise<Record<string, unknown>> {
    const from = this.messages.length;
    const find = () => this.messages.slice(from).find((message) => message['type'] === type);
    await this.until(() => find() !== undefined, signal);
    return find() as Record<string, unknown>;
  }

  /** Leaves. Answers what was heard until now: some more may be under way. */
  stop(): readonly Heard[] {
    this.#socket.close();
    return [...this.frames];
  }
}
