import type { Clock, Random, Timer } from '@sustain/kernel';
import type { Subscriber } from '../backend.ts';
import { reconnectDelayMs } from '../server/index.ts';
import type { ServerConnection } from './server-connection.ts';
import type { Statement } from './statements.ts';

/** @internal */
export interface ListenerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly maxReconnectMs: number;
  readonly look: Statement;
  readonly channel: string;
  /** A connection of its own. */
  readonly open: () => Promise<ServerConnection>;
}

/**
 * @internal Finds what was written by comparing snapshots: a look answers just the rows that this one sees and the one
 * before did not. It looks when it is notified, and every second in case somebody died before he could notify. All
 * subscribers share one connection, which is there while there are any.
 */
export class ChangeListener {
  readonly #options: ListenerOptions;
  readonly #subscribers = new Set<Subscriber>();
  /** Subscribers and those who are about to be. */
  #users = 0;
  #link: Promise<Link> | undefined;
  #retryTimer: Timer | undefined;
  #attempt = 0;
  #isClosed = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
  }

  async subscribe(subscriber: Subscriber): Promise<() => void> {
    this.#users++;
    try {
      await this.#linked();
    } catch (error) {
      this.#leave();
      throw error;
    }
    this.#subscribers.add(subscriber);
    return () => {
      if (this.#subscribers.delete(subscriber)) this.#leave();
    };
  }

  /** After an outage: looks whether it can listen again, now rather than later. */
  serverReturned(): void {
    if (this.#retryTimer === undefined) return;
    this.#retryTimer.cancel();
    this.#retry();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#subscribers.clear();
    await this.#unlink();
  }

  #leave(): void {
    this.#users--;
    if (this.#users === 0) void this.#unlink();
  }

  async #unlink(): Promise<void> {
    this.#retryTimer?.cancel();
    this.#retryTimer = undefined;
    const link = this.#link;
    this.#link = undefined;
    if (link === undefined) return;
    // One that never came about has nothing to end.
    await link.then((made) => made.end()).catch(() => undefined);
  }

  #linked(): Promise<Link> {
    if (this.#link !== undefined) return this.#link;
    this.#retryTimer?.cancel();
    this.#retryTimer = undefined;
    const link = Link.make(this.#options, {
      changed: (key, ttlMs) => {
        for (const subscriber of this.#subscribers) subscriber.changed(key, ttlMs);
      },
      missed: () => {
        for (const subscriber of this.#subscribers) subscriber.missed();
      },
    });
    this.#link = link;
    link.then(
      (made) => {
        this.#attempt = 0;
        made.whenLost(() => this.#unlinked(link));
        // Whoever was here before has heard nothing since the connection was lost.
        for (const subscriber of this.#subscribers) subscriber.missed();
      },
      () => this.#unlinked(link),
    );
    return link;
  }

  #unlinked(link: Promise<Link>): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    // Those who are about to subscribe count, or nobody would listen for them.
    if (this.#users === 0 || this.#isClosed) return;
    const { clock, random, maxReconnectMs } = this.#options;
    this.#attempt++;
    const delayMs = reconnectDelayMs(this.#attempt, maxReconnectMs, random);
    this.#retryTimer = clock.schedule(delayMs, () => this.#retry(), { keepAlive: false });
  }

  #retry(): void {
    this.#retryTimer = undefined;
    // When it fails, it is tried again.
    this.#linked().catch(() => undefined);
  }
}

/** A connection that listens and looks, until it is lost. */
class Link {
  readonly #connection: ServerConnection;
  readonly #options: ListenerOptions;
  readonly #subscriber: Subscriber;
  #snapshot: string;
  #timer: Timer | undefined;
  #isLooking = false;
  #isNotified = false;
  #notBeforeMs = 0;

  static async make(options: ListenerOptions, subscriber: Subscriber): Promise<Link> {
    const connection = await options.open();
    try {
      await connection.rows({ text: `listen "${options.channel}"` });
      const [row] = await connection.rows<[string]>({ text: 'select pg_current_snapshot()::text' });
      return new Link(options, subscriber, connection, row?.[0] as string);
    } catch (error) {
      connection.discard();
      throw error;
    }
  }

  private constructor(
    options: ListenerOptions,
    subscriber: Subscriber,
    connection: ServerConnection,
    snapshot: string,
  ) {
    this.#options = options;
    this.#subscriber = subscriber;
    this.#connection = connection;
    this.#snapshot = snapshot;
    connection.onNotification(() => {
      this.#isNotified = true;
      if (!this.#isLooking) this.#lookAt(this.#notBeforeMs);
    });
    this.#lookAt(options.clock.monotonicMs() + LOOK_EVERY_MS);
  }

  whenLost(callback: () => void): void {
    this.#connection.whenLost(callback);
  }

  async end(): Promise<void> {
    this.#timer?.cancel();
    await this.#connection.end();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    this.#isNotified = false;
    const { clock, look } = this.#options;
    const startMs = clock.monotonicMs();
    try {
      this.#tell(await this.#connection.rows<Found>(look, [this.#snapshot, MOST_FOUND]));
    } catch {
      // It cannot be told what there is: as if the connection were lost, which it mostly is.
      return this.#connection.discard();
    } finally {
      this.#isLooking = false;
    }
    const nowMs = clock.monotonicMs();
    this.#notBeforeMs = nowMs + (nowMs - startMs) * REST;
    this.#lookAt(Math.max(this.#notBeforeMs, this.#isNotified ? 0 : nowMs + LOOK_EVERY_MS));
  }

  #tell(found: readonly Found[]): void {
    if (found.length >= MOST_FOUND) this.#subscriber.missed();
    for (const [snapshot, key, ttlMs] of found) {
      this.#snapshot = snapshot;
      if (key !== null) this.#subscriber.changed(key, ttlMs ?? undefined);
    }
  }

  #lookAt(dueMs: number): void {
    this.#timer?.cancel();
    if (this.#connection.isLost) return;
    const { clock } = this.#options;
    const delayMs = Math.max(0, dueMs - clock.monotonicMs());
    this.#timer = clock.schedule(delayMs, () => void this.#look(), { keepAlive: false });
  }
}

/** The snapshot, and what it sees: a key, and how long it lives. */
type Found = readonly [snapshot: string, key: string | null, ttlMs: number | null];

const LOOK_EVERY_MS = 1000;
/** With more, everything is looked at. */
const MOST_FOUND = 10_000;
/** A transaction that has been writing for hours makes looks long: they take a third of the time at most. */
const REST = 2;
