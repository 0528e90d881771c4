import type { Clock, Fault, Random, Timer } from '@sustain/kernel';
import { reconnectDelayMs } from '../server/index.ts';
import { storeFaults } from '../store-faults.ts';
import type { ServerConnection } from './server-connection.ts';
import { unavailable } from './server-faults.ts';

/** @internal */
export interface PoolOptions {
  readonly store: string;
  /** At most. */
  readonly connections: number;
  /** How long a command may wait for one, while there are some and while there is none, and how many may. */
  readonly maxWaitMs: number;
  readonly maxFirstWaitMs: number;
  readonly maxWaiting: number;
  readonly maxReconnectMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly open: () => Promise<ServerConnection>;
  /** Told when it changes: the reason why the server cannot be reached, or that it can be again. */
  readonly onAvailability: (unavailable: string | undefined) => void;
}

/**
 * @internal Connections for commands, opened as they are needed, used by one at a time, last in, first out. Unlike in
 * the pool of `pg` the queue is bounded, and a server that is away is not stormed: after a loss one connection is opened
 * before the others are, after a failure the next attempt comes after a delay, by itself, and while there is no
 * connection at all, whoever wants one is refused at once.
 */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #idle: ServerConnection[] = [];
  readonly #waiting = new Set<Waiter>();
  readonly #ending = new Set<Promise<void>>();
  /** Idle or in use. */
  #living = 0;
  #opening = 0;
  /** Since the last loss or failure one was opened. */
  #isProven = false;
  #failure: { readonly error: unknown; readonly attempt: number } | undefined;
  #isUnavailable = false;
  #isClosing = false;
  #attemptTimer: Timer | undefined;
  #idleTimer: Timer | undefined;
  #leastIdle = 0;
  #whenEmpty: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  /** Rejects with a fault when there is no connection to be had: then `work` was not called. */
  async use<T>(work: (connection: ServerConnection) => Promise<T>): Promise<T> {
    const connection = this.#idle.pop() ?? (await this.#next());
    if (this.#idle.length < this.#leastIdle) this.#leastIdle = this.#idle.length;
    try {
      return await work(connection);
    } finally {
      this.#giveBack(connection);
    }
  }

  /** What is in use is ended when it is given back; resolves when all are gone. Called once. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#attemptTimer?.cancel();
    this.#idleTimer?.cancel();
    this.#refuseWaiting();
    for (const connection of this.#idle.splice(0)) this.#end(connection);
    await new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
      this.#tellWhenEmpty();
    });
    await Promise.all(this.#ending);
  }

  async #next(): Promise<ServerConnection> {
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    const { clock, maxWaitMs, maxFirstWaitMs, maxWaiting } = this.#options;
    if (this.#waiting.size >= maxWaiting) throw this.#allInUse();
    const next = new Promise<ServerConnection>((resolve, reject) => {
      const refuse = (reason: Fault) => {
        leave();
        reject(reason);
      };
      const late = () => refuse(this.#allInUse());
      const later = () => {
        if (this.#living > 0) return late();
        // The first looks around, and may have to make the schema.
        timer = clock.schedule(maxFirstWaitMs - maxWaitMs, late, { keepAlive: false });
      };
      let timer = clock.schedule(maxWaitMs, later, { keepAlive: false });
      const leave = () => {
        this.#waiting.delete(waiter);
        timer.cancel();
      };
      const grant = (connection: ServerConnection) => {
        leave();
        resolve(connection);
      };
      const waiter: Waiter = { grant, refuse };
      this.#waiting.add(waiter);
    });
    this.#openMore();
    return next;
  }

  #allInUse(): Fault {
    const { store, connections } = this.#options;
    const reason =
      this.#living === 0
        ? 'it has not yet answered to connecting'
        : `its ${connections} connections are all in use: give it more, or ask for less at once`;
    return storeFaults.STORE_UNAVAILABLE({ store, reason });
  }

  #giveBack(connection: ServerConnection): void {
    if (connection.isLost) return;
    const [waiter] = this.#waiting;
    if (this.#isClosing) {
      this.#end(connection);
    } else if (waiter !== undefined) {
      waiter.grant(connection);
    } else {
      this.#idle.push(connection);
      this.#idleTimer ??= this.#scheduleIdle();
    }
  }

  /** Why nobody can be given a connection now. */
  #refusal(): Fault | undefined {
    const { store } = this.#options;
    if (this.#isClosing) return storeFaults.STORE_CLOSED({ store });
    if (this.#failure === undefined || this.#living > 0) return undefined;
    return unavailable(store, this.#failure.error);
  }

  #refuseWaiting(): void {
    const refusal = this.#refusal();
    if (refusal === undefined) return;
    for (const waiter of [...this.#waiting]) waiter.refuse(refusal);
    if (this.#isUnavailable || this.#isClosing) return;
    this.#isUnavailable = true;
    this.#options.onAvailability(refusal.message);
  }

  #openMore(): void {
    if (this.#failure !== undefined || this.#isClosing) return;
    while (
      this.#opening < this.#waiting.size &&
      this.#living + this.#opening < this.#options.connections &&
      (this.#isProven || this.#opening === 0)
    ) {
      this.#openOne();
    }
  }

  #openOne(): void {
    this.#opening++;
    this.#options.open().then(
      (connection) => this.#opened(connection),
      (error) => this.#failed(error),
    );
  }

  #opened(connection: ServerConnection): void {
    this.#opening--;
    this.#living++;
    this.#isProven = true;
    this.#failure = undefined;
    connection.whenLost((isExpected) => this.#lost(connection, isExpected));
    this.#giveBack(connection);
    if (this.#isUnavailable) {
      this.#isUnavailable = false;
      this.#options.onAvailability(undefined);
    }
    this.#openMore();
  }

  #failed(error: unknown): void {
    this.#opening--;
    this.#isProven = false;
    if (this.#isClosing) {
      this.#tellWhenEmpty();
      return;
    }
    this.#failure = { error, attempt: (this.#failure?.attempt ?? 0) + 1 };
    this.#refuseWaiting();
    this.#attemptLater(this.#failure.attempt);
  }

  #attemptLater(attempt: number): void {
    const { clock, random, maxReconnectMs } = this.#options;
    this.#attemptTimer?.cancel();
    this.#attemptTimer = clock.schedule(
      reconnectDelayMs(attempt, maxReconnectMs, random),
      () => {
        if (this.#opening > 0) return;
        if (this.#living === 0 || this.#waiting.size > 0) this.#openOne();
        else this.#failure = undefined;
      },
      { keepAlive: false },
    );
  }

  #lost(connection: ServerConnection, isExpected: boolean): void {
    this.#living--;
    if (isExpected || this.#isClosing) {
      this.#tellWhenEmpty();
      return;
    }
    const at = this.#idle.indexOf(connection);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#isProven = false;
    this.#refuseWaiting();
    this.#openMore();
    // Nobody may ask for a while, and those who watch availability want to know.
    if (this.#living + this.#opening === 0 && this.#failure === undefined) this.#attemptLater(1);
  }

  #end(connection: ServerConnection): void {
    const ending = connection.end().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #tellWhenEmpty(): void {
    if (this.#living + this.#opening === 0) this.#whenEmpty?.();
  }

  /** Ends those that were needed at no time since the last look; one stays. */
  #scheduleIdle(): Timer {
    this.#leastIdle = this.#idle.length;
    const look = () => {
      for (const connection of this.#idle.splice(0, Math.min(this.#leastIdle, this.#living - 1))) {
        this.#end(connection);
      }
      this.#idleTimer = this.#idle.length > 1 ? this.#scheduleIdle() : undefined;
    };
    return this.#options.clock.schedule(IDLE_MS, look, { keepAlive: false });
  }
}

interface Waiter {
  grant(connection: ServerConnection): void;
  refuse(reason: Fault): void;
}

const IDLE_MS = 30_000;
