import { type Quota, tokenBucket } from '@sustain/kernel';

/** How much one may ask: `burst` at once, `perSecond` in the long run. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * A token bucket for everybody, by a key such as an address. It remembers those who have used theirs lately, and
 * {@link MOST_KEYS} of them; while there are more, all newcomers share one, so that neither memory grows nor an attacker
 * with many addresses gets what he asks. Throws a RangeError or TypeError for a rate that is none.
 */
export class KeyedQuotas {
  readonly #rate: Rate;
  readonly #quotas = new Map<string, Quota>();
  readonly #shared: Quota;
  #nextLookMs = Number.NEGATIVE_INFINITY;

  constructor(rate: Rate) {
    this.#rate = rate;
    this.#shared = this.#newQuota();
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#quotas.size;
  }

  /** Milliseconds until the key may ask again; 0 when it may now. Takes nothing. */
  waitMs(key: string, nowMs: number): number {
    return Math.max(0, this.#find(key, nowMs).waitMs(1, nowMs));
  }

  /** Takes one for the key when it may, and answers 0; else how long it has to wait, in milliseconds. */
  take(key: string, nowMs: number): number {
    const quota = this.#find(key, nowMs);
    const waitMs = quota.waitMs(1, nowMs);
    if (waitMs > 0) return waitMs;
    quota.take(nowMs);
    return 0;
  }

  #find(key: string, nowMs: number): Quota {
    const known = this.#quotas.get(key);
    if (known !== undefined) return known;
    if (this.#quotas.size >= MOST_KEYS) this.#forgetUnused(nowMs);
    if (this.#quotas.size >= MOST_KEYS) return this.#shared;
    const quota = this.#newQuota();
    this.#quotas.set(key, quota);
    return quota;
  }

  /** A bucket that is full again is as good as a new one. Looks at all, but not often: a flood of keys costs no more. */
  #forgetUnused(nowMs: number): void {
    if (nowMs < this.#nextLookMs) return;
    this.#nextLookMs = nowMs + LOOK_EVERY_MS;
    for (const [key, quota] of this.#quotas) {
      if (quota.waitMs(this.#rate.burst, nowMs) <= 0) this.#quotas.delete(key);
    }
  }

  #newQuota(): Quota {
    return tokenBucket({ tokensPerSecond: this.#rate.perSecond, burst: this.#rate.burst });
  }
}

export const MOST_KEYS = 10_000;

/** Looking at all takes about a millisecond. */
const LOOK_EVERY_MS = 1000;
