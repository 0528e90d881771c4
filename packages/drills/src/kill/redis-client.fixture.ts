import { connect, type Socket } from 'node:net';
import { systemClock } from '@sustain/kernel';

/** The outcome of a command is not known: the connection was lost after it was sent. */
export class ConnectionLost extends Error {}

/** The command was not carried out: Redis still loads its file. */
export class StillLoading extends Error {}

/** One connection to a Redis, by which one command after the other is sent as a line. */
export class RedisClient {
  readonly #socket: Socket;
  #received = '';
  #answer: PromiseWithResolvers<void> | undefined;

  /** Of a socket that is connected. */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8').on('data', (text: string) => {
      this.#received += text;
      this.#answer?.resolve();
    });
    socket.on('close', () => this.#answer?.reject(new ConnectionLost()));
  }

  /** The text or number of the answer; null when there is none. Rejects with ConnectionLost, StillLoading. */
  async ask(command: string): Promise<string | null> {
    this.#socket.write(`${command}\r\n`);
    const answer = await this.#line();
    if (answer.startsWith('-LOADING')) throw new StillLoading();
    if (answer.startsWith('-')) throw new Error(answer);
    if (answer === '$-1') return null;
    return answer.startsWith('$') ? this.#line() : answer.slice(1);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #line(): Promise<string> {
    while (!this.#received.includes('\r\n')) {
      if (this.#socket.destroyed) throw new ConnectionLost();
      this.#answer = Promise.withResolvers();
      await this.#answer.promise;
    }
    const end = this.#received.indexOf('\r\n');
    const line = this.#received.slice(0, end);
    this.#received = this.#received.slice(end + 2);
    return line;
  }
}

/** Tries again until there is a connection; undefined when the signal aborts first. */
export async function connectRedis(port: number, signal?: AbortSignal): Promise<RedisClient | undefined> {
  while (signal?.aborted !== true) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => socket.destroy()); // `close` follows, which tells whoever waits
    const isConnected = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('close', () => resolve(false));
    });
    if (isConnected) return new RedisClient(socket);
    await systemClock.sleep(5); // it is down
  }
  return undefined;
}
