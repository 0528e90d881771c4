import type { Clock, Timer } from '@sustain/kernel';
import { ABSENT, type Guard, type Revision, type Store } from '@sustain/stores/contract';
import { jobsFaults } from '../jobs-faults.ts';

/** @internal What is told of an ownership that has begun. */
export interface OwnershipEvents {
  /** It is no longer sure, or no longer there: nothing may begin until `regained`. */
  lost(error: unknown): void;
  /** It is there again. Others may have had it meanwhile. */
  regained(): void;
}

/** @internal */
export interface OwnershipOptions {
  readonly store: Store;
  readonly queue: string;
  readonly key: string;
  /** Who we are, for people. */
  readonly owner: string;
  readonly ttlMs: number;
  readonly clock: Clock;
}

/**
 * @internal That this process, and no other, works at a queue: an entry of the store that expires unless it is renewed.
 * All writes of the queue carry its guard, so that those of an owner who has lost it are refused, whatever it believes.
 */
export class Ownership {
  readonly #options: OwnershipOptions;
  #events: OwnershipEvents | undefined;
  #revision: Revision = ABSENT;
  #renewedMs = 0;
  #timer: Timer | undefined;
  #isReleased = false;

  constructor(options: OwnershipOptions) {
    this.#options = options;
  }

  /** Refused by the store once it is lost. */
  get guard(): Guard {
    return { key: this.#options.key, revision: this.#revision };
  }

  /** Waits up to `waitMs` for another owner to go. Rejects with QUEUE_OWNED, or with the signal's reason. */
  async acquire(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    const { clock, queue, ttlMs } = this.#options;
    const endMs = clock.monotonicMs() + waitMs;
    for (;;) {
      const other = await this.#take();
      if (other === undefined) return;
      const leftMs = endMs - clock.monotonicMs();
      if (leftMs <= 0) throw jobsFaults.QUEUE_OWNED({ queue, owner: other });
      await clock.sleep(Math.min(leftMs, ttlMs / 10), { signal });
    }
  }

  /** Renews from now on, which holds the process open until it is released. */
  keep(events: OwnershipEvents): void {
    this.#events = events;
    this.#renewLater();
  }

  /** A write was refused by the guard of this revision. Harmless when repeated. */
  suspect(revision: Revision): void {
    if (revision === ABSENT || revision !== this.#revision || this.#isReleased) return;
    this.#revision = ABSENT;
    const { queue } = this.#options;
    this.#events?.lost(jobsFaults.QUEUE_OWNED({ queue, owner: 'not known' }));
    this.#renewLater();
  }

  /** Lets others have it. Never rejects: it expires by itself. */
  async release(): Promise<void> {
    this.#isReleased = true;
    this.#timer?.cancel();
    const revision = this.#revision;
    if (revision === ABSENT) return;
    await this.#options.store.delete(this.#options.key, { revision }).catch(() => false);
  }

  /** Who has it, unless it is us, now. */
  async #take(): Promise<string | undefined> {
    const { store, key, owner, ttlMs, clock } = this.#options;
    const askedMs = clock.monotonicMs();
    const taken = await store.compareAndSet<Owner>(key, ABSENT, { owner }, { ttlMs });
    if (taken.ok) {
      this.#revision = taken.revision;
      this.#renewedMs = askedMs;
      return undefined;
    }
    return taken.entry?.value.owner ?? 'not known';
  }

  #renewLater(): void {
    this.#timer?.cancel();
    if (this.#isReleased) return;
    const { clock, ttlMs } = this.#options;
    this.#timer = clock.schedule(ttlMs / 3, () => void this.#renew());
  }

  async #renew(): Promise<void> {
    const { store, key, ttlMs, clock } = this.#options;
    const revision = this.#revision;
    const askedMs = clock.monotonicMs();
    try {
      if (revision === ABSENT) {
        if ((await this.#take()) === undefined && !this.#isReleased) this.#events?.regained();
      } else if (await store.touch(key, revision, ttlMs)) {
        const wasSure = askedMs - this.#renewedMs < ttlMs;
        this.#renewedMs = askedMs;
        if (!wasSure) this.#events?.regained();
      } else {
        this.#revision = ABSENT;
        await this.#retake();
      }
    } catch (error) {
      if (clock.monotonicMs() - this.#renewedMs >= ttlMs) this.#events?.lost(error);
    }
    this.#renewLater();
  }

  /** It has expired, as this process, or the store, was away: perhaps nobody has noticed. */
  async #retake(): Promise<void> {
    const { queue } = this.#options;
    const other = await this.#take();
    if (other === undefined) this.#events?.regained();
    else this.#events?.lost(jobsFaults.QUEUE_OWNED({ queue, owner: other }));
  }
}

interface Owner {
  readonly owner: string;
}
