import { type Clock, classify, type SignalSink } from '@sustain/kernel';
import type { Entry, Store } from '@sustain/stores';
import { sessionFaults } from '../faults.ts';
import { ALIVE, type Head, type Owner, WANTED } from '../layout/index.ts';
import type { SessionKey } from '../session/index.ts';
import { sessionOwnerChanged, sessionWatchFailed } from '../signals.ts';
import { answered } from './answered.ts';
import { Heartbeat } from './heartbeat.ts';
import { InstanceLife } from './instance-life.ts';
import { Instances, watchFor } from './instances.ts';
import type { AcquireOptions, Ownership } from './ownership.ts';

export interface SharedOwnershipOptions {
  /** Has what instances say of themselves, and what they wish of each other. */
  readonly primary: Store;
  /** Has the heads: the fallback store where there is one. */
  readonly store: Store;
  /** Has the journal, and remembers this instance's lives. */
  readonly spare: Store | undefined;
  readonly instance: string;
  /** Of this life of the instance, and of no other. */
  readonly life: string;
  /** How long another may take to hand a session over. */
  readonly patienceMs: number;
  readonly takeOverAfterMs: number;
  /** Resolves when what an earlier life has left in the journal is in the primary. */
  readonly settled: (signal: AbortSignal) => Promise<void>;
  /** Whether the primary does everything, and has all that was acknowledged. */
  readonly isNormal: () => boolean;
  /** Gives a session to another instance, in its turn. */
  readonly handOver: (key: SessionKey, to: Owner) => Promise<boolean>;
  readonly clock: Clock;
  readonly signals: SignalSink;
}

/** A wish for a session that another instance has. */
interface Wish {
  readonly key: SessionKey;
  readonly by: Owner;
}

/**
 * Sessions that several instances share: each is one's own at a time, as its head says, until that instance hands it over,
 * ends in order, or begins another life; then what it had acknowledged is in the primary. One that is silent is waited for,
 * as only it knows what it has acknowledged, and given up after `takeOverAfterMs`.
 */
export class SharedOwnership implements Ownership {
  readonly instance: string;
  readonly #options: SharedOwnershipOptions;
  readonly #instances: Instances;
  readonly #life: InstanceLife;
  readonly #heartbeat: Heartbeat;
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: SharedOwnershipOptions) {
    this.#options = options;
    this.instance = options.instance;
    const grantedMs = options.takeOverAfterMs * PROMISING_PART;
    this.#heartbeat = new Heartbeat({ ...options, grantedMs });
    this.#instances = new Instances({ ...options, steadyMs: () => this.#heartbeat.steadyMs });
    this.#life = new InstanceLife(options, this.#instances);
  }

  get mark(): Owner {
    return this.#life.mark;
  }

  get mayPromise(): boolean {
    return this.knowsAll;
  }

  get knowsAll(): boolean {
    return this.#heartbeat.isGranted && !this.#life.isReplaced;
  }

  get term(): number {
    return this.#heartbeat.term;
  }

  isOurs(owner: Owner | undefined): boolean {
    if (owner?.instance !== this.instance || owner.generation !== this.#life.generation) return false;
    return !this.#life.isReplaced;
  }

  isNobodyElses(owner: Owner | undefined): boolean {
    return owner === undefined || this.isOurs(owner) || this.#isFree(owner);
  }

  mayGive(owner: Owner | undefined): boolean {
    return this.isOurs(owner) || (owner?.instance === this.instance && this.#isFree(owner));
  }

  checkLife(): void {
    this.#life.throwIfReplaced();
  }

  async acquire(entry: Entry<Head>, { operation, signal }: AcquireOptions): Promise<Entry<Head> | undefined> {
    const { store, clock, patienceMs } = this.#options;
    const endMs = clock.monotonicMs() + patienceMs;
    let asked: Owner | undefined;
    let found: Entry<Head> | undefined = entry;
    for (let delayMs = FIRST_LOOK_MS; ; delayMs = Math.min(delayMs * 2, LAST_LOOK_MS)) {
      if (found === undefined || this.isOurs(found.value.owner)) return found;
      this.#life.throwIfReplaced();
      const { owner } = found.value;
      if (owner === undefined || this.#isFree(owner)) {
        found = await this.#take(found);
        continue;
      }
      if (!(await this.#isThere(owner.instance))) throw held(found.value, operation, NOT_THERE);
      if (clock.monotonicMs() >= endMs) throw held(found.value, operation, TOO_SLOW);
      if (asked?.instance !== owner.instance || asked.generation !== owner.generation) {
        await this.#ask(found.value, owner);
        asked = owner;
      }
      await clock.sleep(delayMs, signal === undefined ? {} : { signal });
      found = await store.get<Head>(found.key, { signal });
    }
  }

  async open(): Promise<void> {
    if (this.#life.generation > 0) return;
    await this.#life.begin();
    const { signal } = this.#ending;
    this.#run(this.#instances.listen(signal));
    this.#run(
      watchFor<Wish>(`${WANTED}${this.instance}/`, this.#options, signal, (change) => {
        if (change.kind === 'set') this.#run(this.#grant(change.key, change.value));
      }),
    );
    await this.#heartbeat.start();
    this.#run(this.#registerWhenSettled(signal));
  }

  async close(): Promise<void> {
    const { isNormal } = this.#options;
    this.#ending.abort();
    await this.#heartbeat.stop();
    await Promise.all(this.#running);
    if (this.#life.generation === 0 || this.#life.isReplaced || !isNormal()) return;
    try {
      await this.#life.register('closed');
      await this.#asked((primary) => primary.delete(ALIVE + this.instance));
    } catch (error) {
      this.#tell('closing', error);
    }
  }

  #isFree(owner: Owner): boolean {
    if (owner.instance === this.instance) return owner.generation < this.#life.generation;
    return this.#instances.whyVoid(owner) !== undefined;
  }

  /** What was heard lately may be older than what is so. */
  async #isThere(instance: string): Promise<boolean> {
    if (this.#instances.isAlive(instance)) return true;
    return (await this.#asked((primary) => primary.get(ALIVE + instance))) !== undefined;
  }

  async #take(entry: Entry<Head>): Promise<Entry<Head> | undefined> {
    const { store, signals } = this.#options;
    const { key, owner, mayHaveGaps } = entry.value;
    const isGivenUp = owner !== undefined && this.#instances.whyVoid(owner) === 'given up';
    const head: Head = {
      ...entry.value,
      owner: this.mark,
      mayHaveGaps: isGivenUp && owner.instance !== this.instance ? true : mayHaveGaps,
    };
    const result = await store.compareAndSet<Head>(entry.key, entry.revision, head);
    if (!result.ok) return result.entry;
    const told = { sessionId: key.sessionId, from: owner?.instance, to: this.instance };
    signals.channel(sessionOwnerChanged).emit(told, { source: 'sessions' });
    return { key: entry.key, value: head, revision: result.revision };
  }

  async #ask({ key, incarnation }: Head, { instance }: Owner): Promise<void> {
    const wish: Wish = { key, by: this.mark };
    await this.#asked((primary) =>
      primary.set(`${WANTED}${instance}/${incarnation}`, wish, { ttlMs: WISH_TTL_MS }),
    );
  }

  /**
   * What another one wishes. While the primary is away nothing is given, as what was acknowledged is not there yet; and
   * nothing to one that has died since, which nobody could ask for it.
   */
  async #grant(wishKey: string, { key, by }: Wish): Promise<void> {
    const { isNormal, handOver } = this.#options;
    try {
      if (!isNormal() || this.#ending.signal.aborted) return;
      if (this.#instances.whyVoid(by) === undefined && (await this.#isThere(by.instance))) {
        await handOver(key, by);
      }
      await this.#asked((primary) => primary.delete(wishKey));
    } catch (error) {
      this.#tell('handing over', error);
    }
  }

  /** Says that earlier lives are over, when nothing of them is left in the journal. */
  async #registerWhenSettled(signal: AbortSignal): Promise<void> {
    const { settled, clock } = this.#options;
    while (!signal.aborted && !this.#life.isReplaced) {
      try {
        await settled(signal);
        return await this.#life.register('serving');
      } catch (error) {
        if (signal.aborted) return;
        this.#tell('registering', error);
        await clock.sleep(AGAIN_MS, { signal, keepAlive: false }).catch(() => undefined);
      }
    }
  }

  #asked<T>(ask: (primary: Store) => Promise<T>): Promise<T> {
    const { primary, patienceMs, clock } = this.#options;
    return answered(ask(primary), primary.name, patienceMs, clock);
  }

  #run(work: Promise<void>): void {
    this.#running.add(work);
    void work.then(() => this.#running.delete(work));
  }

  #tell(prefix: string, error: unknown): void {
    const fault = classify(error);
    this.#options.signals.channel(sessionWatchFailed).emit({ prefix, fault }, { source: 'sessions' });
  }
}

function held({ owner, key }: Head, operation: string, reason: string): Error {
  const { instance } = owner as Owner;
  const { sessionId } = key;
  return sessionFaults.SESSION_HELD_ELSEWHERE({ operation, sessionId, instance, reason, retryAfterMs: 1000 });
}

const NOT_THERE = 'it does not answer, and may have acknowledged what is not stored yet';
const TOO_SLOW = 'it has not handed it over in time';
/** Between looks whether it has. */
const FIRST_LOOK_MS = 5;
const LAST_LOOK_MS = 100;
const WISH_TTL_MS = 10_000;
const AGAIN_MS = 500;
/** Of the time after which others give it up: clocks differ, and what was acknowledged has to get to the primary. */
const PROMISING_PART = 0.9;
