import type { Timer } from '@sustain/kernel';
import type { Guard } from '../contract.ts';
import { type Lease, tryAcquireLease } from '../lease/index.ts';
import type { ClusterLink } from './cluster-link.ts';
import type { ClusterTerms } from './shared-breaker-options.ts';

/** @internal What the turn to probe must know of the circuit, and what it tells it. */
export interface Prober {
  readonly isHalfOpen: boolean;
  /** Reads the decision again. Whether the cluster is open still, and the wait is over. */
  mustProbe(): Promise<boolean>;
  /** It may no longer probe. */
  lost(): void;
}

/**
 * @internal The turn of this instance to probe for all: it has it while it has the lease, which is given back when no call
 * has come, or when a probe is overdue.
 */
export class ProbeTurn {
  readonly #terms: ClusterTerms;
  readonly #link: ClusterLink;
  readonly #prober: Prober;
  readonly #deadlineMs: number;
  #isBusy = false;
  #lease: Lease | undefined;
  #limit: Timer | undefined;

  constructor(terms: ClusterTerms, link: ClusterLink, prober: Prober, deadlineMs: number) {
    this.#terms = terms;
    this.#link = link;
    this.#prober = prober;
    this.#deadlineMs = deadlineMs;
  }

  get isMine(): boolean {
    return this.#lease !== undefined;
  }

  /** Asked by a call, so it answers at once; the next one may be lucky. */
  mayProbe(): boolean {
    if (this.#lease !== undefined) return this.#lease.remainingMs > 0;
    if (!this.#isBusy && !this.#link.mirror.isProbed) void this.#ask();
    return false;
  }

  /** The probe has decided: `tell` writes that down, under the lease, which is then given back. */
  async settle(tell: (guard: Guard) => Promise<void>): Promise<void> {
    const lease = this.#end();
    if (lease === undefined) return;
    this.#isBusy = true;
    try {
      await tell(lease.guard);
    } catch {
      // Others have the turn, or the store is away: whoever comes to know the decision follows it.
    }
    await this.#letGo(lease);
    this.#isBusy = false;
  }

  /** Lets another probe. */
  async giveBack(): Promise<void> {
    await this.#letGo(this.#end());
  }

  async #ask(): Promise<void> {
    const { clock, random } = this.#terms;
    this.#isBusy = true;
    try {
      // All instances with calls come to ask at once: most then hear of the first one in time.
      await clock.sleep(random.next() * SPREAD_MS, { keepAlive: false });
      if (this.#link.isTogether && !this.#link.mirror.isProbed) await this.#take();
    } catch {
      return; // the store is away, and the link knows
    } finally {
      this.#isBusy = false;
    }
  }

  async #take(): Promise<void> {
    const { store, clock, random, instance, probeTtlMs } = this.#terms;
    const key = this.#link.mirror.keys.probe;
    const taking = tryAcquireLease(store, key, { ttlMs: probeTtlMs, clock, random, holder: instance });
    const lease = await this.#link
      .ask(() => taking)
      .catch((error: unknown) => {
        taking.then((late) => late?.release(), nothing); // one that comes too late is of no use
        throw error;
      });
    if (lease === undefined) return;
    const must = await this.#prober.mustProbe().catch(() => false);
    if (!must || !this.#link.isTogether) return this.#letGo(lease);
    this.#lease = lease;
    const { signal } = lease;
    signal.addEventListener('abort', () => this.#lost(lease), { once: true });
    if (signal.aborted) this.#lost(lease);
    else this.#giveBackAfter(probeTtlMs);
  }

  /** A store that does not answer in time is waited for no longer. */
  async #letGo(lease: Lease | undefined): Promise<void> {
    if (lease !== undefined) await this.#link.ask(() => lease.release()).catch(nothing);
  }

  #giveBackAfter(delayMs: number): void {
    const over = (isOverdue: boolean) => () => {
      if (this.#prober.isHalfOpen && !isOverdue) this.#limitTo(this.#deadlineMs, over(true));
      else if (this.#lease !== undefined) this.#lost(this.#lease);
    };
    this.#limitTo(delayMs, over(false));
  }

  #limitTo(delayMs: number, callback: () => void): void {
    this.#limit = this.#terms.clock.schedule(delayMs, callback, { keepAlive: false });
  }

  #lost(lease: Lease): void {
    if (this.#lease !== lease) return;
    void this.#end()?.release();
    this.#prober.lost();
  }

  #end(): Lease | undefined {
    const lease = this.#lease;
    this.#lease = undefined;
    this.#limit?.cancel();
    return lease;
  }
}

function nothing(): void {
  // The link knows, and the lease ends by its ttl.
}

/** About as long as others need to hear of it. */
const SPREAD_MS = 50;
