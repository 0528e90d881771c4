import type { Clock } from '@sustain/kernel';
import type { Client, QueryArrayConfig } from 'pg';
import { serverError } from './server-error.ts';
import type { Statement } from './statements.ts';

/** @internal One connection, used by one at a time. After an error that leaves doubt about its state it is lost. */
export class ServerConnection {
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #ended: Promise<void>;
  #isLost = false;
  #whenLost: ((isExpected: boolean) => void) | undefined;

  /** Before it is connected: errors that nobody listens to end the process. */
  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
    // The server's farewell, 57P01, arrives here when the connection is idle.
    client.on('error', () => this.discard());
    this.#ended = new Promise((resolve) => {
      client.on('end', () => {
        this.#lose(false);
        resolve();
      });
    });
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  /** Called once, when it can no longer be used, at once when it already cannot: expected is what `end` does. */
  whenLost(callback: (isExpected: boolean) => void): void {
    if (this.#isLost) callback(false);
    else this.#whenLost = callback;
  }

  onNotification(callback: () => void): void {
    this.#client.on('notification', callback);
  }

  /** The rows, as arrays. Rejects with the error of `pg`. */
  rows<Row extends readonly unknown[]>(
    { text, name }: Statement,
    values: readonly unknown[] = NONE,
    timeoutMs?: number,
  ): Promise<Row[]> {
    return new Promise((resolve, reject) => {
      const query: Query = { text, values, rowMode: 'array' };
      if (name !== undefined) query.name = name;
      if (timeoutMs !== undefined) query.query_timeout = timeoutMs;
      // Without a promise of its own, which would cost a call more than all that we add to it.
      void this.#client.query(query as QueryArrayConfig<never>, (error, result) => {
        if (!error) return resolve(result.rows as unknown as Row[]);
        if (serverError(error).endsConnection) this.discard();
        reject(error);
      });
    });
  }

  /** Several statements without parameters, in one transaction unless they say otherwise. */
  async run(text: string, timeoutMs: number): Promise<void> {
    await this.rows({ text }, NONE, timeoutMs);
  }

  /** Ends it at once, whatever it does. */
  discard(): void {
    this.#lose(false);
    this.#client.connection.stream.destroy();
  }

  /** Says goodbye, and resolves when it is gone. */
  async end(): Promise<void> {
    if (this.#isLost) return;
    this.#lose(true);
    const timer = this.#clock.schedule(FAREWELL_MS, () => this.discard(), { keepAlive: false });
    // It rejects in no case; its own promise never settles for what never connected.
    void this.#client.end();
    await this.#ended;
    timer.cancel();
  }

  #lose(isExpected: boolean): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#whenLost?.(isExpected);
  }
}

interface Query extends Omit<QueryArrayConfig, 'values'> {
  values: readonly unknown[];
  /** Known to `pg`, though not to its types. */
  query_timeout?: number;
}

const NONE: readonly unknown[] = [];
/** A server that hangs does not answer a goodbye either. */
const FAREWELL_MS = 1000;
