import type { Timer } from '@sustain/kernel';
import type { Guard, Revision, Store } from '../contract.ts';
import type { Lease } from './lease.ts';
import { leaseFaults } from './lease-faults.ts';
import { handOver } from './lease-line.ts';
import type { LeaseTerms } from './lease-options.ts';
import { leaseLost, leaseReleased } from './lease-signals.ts';

/** @internal Renews itself from now on. `sentMs`: the monotonic time before the store was asked. */
export class HeldLease implements Lease {
  readonly key: string;
  readonly holder: string;
  readonly token: Revision;
  readonly #store: Store;
  readonly #id: string;
  readonly #terms: LeaseTerms;
  readonly #begunMs: number;
  readonly #abort = new AbortController();
  #state: 'held' | 'lost' | 'released' = 'held';
  #releasing: Promise<void> | undefined;
  /** The store gives it to nobody else before, by the time at which it was asked and not at which it answered. */
  #certainUntilMs = Number.NEGATIVE_INFINITY;
  #deadline: Timer | undefined;
  #renewal: Timer | undefined;

  constructor(store: Store, key: string, id: string, token: Revision, sentMs: number, terms: LeaseTerms) {
    this.#store = store;
    this.#id = id;
    this.#terms = terms;
    this.key = key;
    this.holder = terms.holder;
    this.token = token;
    this.#begunMs = sentMs;
    this.#confirmed(sentMs);
    this.#renewIn(terms.ttlMs / 3);
  }

  get guard(): Guard {
    this.#isHeld();
    return { key: this.key, revision: this.token };
  }

  get signal(): AbortSignal {
    this.#isHeld();
    return this.#abort.signal;
  }

  get remainingMs(): number {
    return this.#isHeld() ? this.#leftMs : 0;
  }

  release(): Promise<void> {
    this.#releasing ??= this.#release();
    return this.#releasing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  async #release(): Promise<void> {
    const { clock, signals, ttlMs } = this.#terms;
    const wasHeld = this.#isHeld();
    this.#end('released');
    let told = true;
    try {
      await handOver(this.#store, this.key, this.token, this.#id, ttlMs);
    } catch {
      told = false; // it ends by its ttl
    }
    if (!wasHeld) return;
    const { key, token, holder } = this;
    const heldMs = clock.monotonicMs() - this.#begunMs;
    signals.channel(leaseReleased).emit({ key, token, holder, heldMs, told }, { source: this.#store.name });
  }

  /** Time may have run out since it was found to be held. */
  get #leftMs(): number {
    return Math.max(this.#certainUntilMs - this.#terms.clock.monotonicMs(), 0);
  }

  /** Whether it is, now: notices that time has passed without a renewal. */
  #isHeld(): boolean {
    if (this.#state !== 'held') return false;
    if (this.#terms.clock.monotonicMs() < this.#certainUntilMs) return true;
    this.#lose('the store has not confirmed it in time');
    return false;
  }

  #confirmed(sentMs: number): void {
    const { clock, ttlMs, marginMs } = this.#terms;
    this.#certainUntilMs = Math.max(this.#certainUntilMs, sentMs + ttlMs - marginMs);
    if (!this.#isHeld()) return;
    this.#deadline?.cancel();
    this.#deadline = clock.schedule(this.#leftMs, () => this.#isHeld(), { keepAlive: false });
  }

  #renewIn(delayMs: number): void {
    if (this.#state !== 'held') return;
    this.#renewal?.cancel();
    this.#renewal = this.#terms.clock.schedule(delayMs, () => void this.#renew(), { keepAlive: false });
  }

  async #renew(): Promise<void> {
    if (!this.#isHeld()) return;
    const { clock, random, ttlMs } = this.#terms;
    const sentMs = clock.monotonicMs();
    // Whatever comes of this one: an answer that never comes must not be the last.
    this.#renewIn(ttlMs / 3);
    try {
      const isThere = await this.#store.touch(this.key, this.token, ttlMs);
      if (!this.#isHeld()) return;
      if (isThere) this.#confirmed(sentMs);
      else this.#lose('the store gave it up: it had expired, or was deleted');
    } catch {
      // Away for a moment, perhaps: it is certain for a while yet.
      this.#renewIn((ttlMs / 12) * (0.5 + random.next()));
    }
  }

  #lose(reason: string): void {
    this.#end('lost');
    const { key, token, holder } = this;
    const { clock, signals, operationId } = this.#terms;
    const heldMs = clock.monotonicMs() - this.#begunMs;
    signals.channel(leaseLost).emit({ key, token, holder, heldMs, reason }, { source: this.#store.name });
    this.#abort.abort(leaseFaults.LEASE_LOST({ key, holder, token, reason }, { operationId }));
  }

  #end(state: 'lost' | 'released'): void {
    this.#state = state;
    this.#deadline?.cancel();
    this.#renewal?.cancel();
  }
}
