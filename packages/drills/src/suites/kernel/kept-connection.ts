import { connect, type LookupFunction, type Socket } from 'node:net';
import { constant, ErrorHandler, reconnectRetry, type Signals } from '@sustain/kernel';

export interface KeptConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly lookup?: LookupFunction;
  readonly signals: Signals;
}

/**
 * One connection to an echo server, kept for as long as possible: when it is lost, it connects again by the kernel's
 * `reconnect_retry`, and by nothing else. Whoever asks meanwhile waits.
 */
export class KeptConnection {
  readonly #options: KeptConnectionOptions;
  readonly #handler: ErrorHandler;
  #up = Promise.withResolvers<Socket>();
  #question: PromiseWithResolvers<string> | undefined;
  #isClosed = false;

  constructor(options: KeptConnectionOptions) {
    this.#options = options;
    this.#handler = new ErrorHandler({
      component: 'line',
      strategies: [
        reconnectRetry({
          reconnect: () => this.#isClosed || this.open(),
          maxAttempts: 300,
          backoff: constant(10),
        }),
      ],
      signals: options.signals,
    });
  }

  /** Answers true when it is connected; rejects with the host's error. */
  async open(): Promise<true> {
    const { host, port, lookup } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<true>();
    const socket = connect({ host, port, ...(lookup && { lookup }) });
    socket.setEncoding('utf8').on('data', (text: string) => this.#question?.resolve(text));
    let error: Error | undefined;
    socket.once('error', (thrown) => {
      error = thrown;
      reject(thrown);
    });
    socket.once('connect', () => {
      this.#up.resolve(socket);
      socket.once('close', () => void this.#lost(error));
      resolve(true);
    });
    return promise;
  }

  /** What the server answers. Rejects when the connection is lost meanwhile. */
  async ask(text: string): Promise<string> {
    const socket = await this.#up.promise;
    this.#question = Promise.withResolvers<string>();
    socket.write(text);
    return this.#question.promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const socket = await Promise.race([this.#up.promise, undefined]);
    socket?.destroy();
  }

  async #lost(error: Error | undefined): Promise<void> {
    this.#up = Promise.withResolvers<Socket>();
    const question = this.#question;
    this.#question = undefined;
    // A connection that was ended has no error; HTTP clients say the same of it.
    question?.promise.catch(() => undefined); // whoever asked may have left
    question?.reject(error ?? Object.assign(new Error('the other side has left'), { code: 'ECONNRESET' }));
    if (this.#isClosed) return;
    try {
      if (error !== undefined) throw error;
      await this.open();
    } catch (thrown) {
      await this.#handler.handleError(thrown);
    }
  }
}
