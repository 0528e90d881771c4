import { checkOptions, FOREVER, FUNCTION } from '../../options/index.ts';
import type { Clock, Timer } from '../../time/index.ts';
import type { Policy } from '../pipeline/index.ts';
import { sharedPolicy } from '../shared-policy.ts';
import type { Quota } from './quota.ts';
import { rateLimitFaults } from './rate-limit-faults.ts';

export interface RateLimitOptions {
  /** Whose limit it is, in signals and faults. */
  readonly name: string;
  /** How many calls may be begun in which time: `tokenBucket(…)` or `slidingWindow(…)`. */
  readonly quota: Quota;
  /**
   * How long a call may wait. One that would have to wait longer, or beyond the deadline of its run, is refused at once.
   * 0 or more. Default 0.
   */
  readonly maxWaitMs?: number;
}

/** A policy with a state, shared by all pipelines that it is used in. */
export interface RateLimit extends Policy<never, unknown> {
  readonly kind: 'rate-limit';
  readonly name: string;
  /** From now on, for those who wait as well. Throws as `rateLimit`. */
  setQuota(quota: Quota): void;
}

/**
 * Limits how many calls are begun in a time. One that comes too early waits for up to `maxWaitMs`, or is refused with the
 * fault RATE_LIMITED, which is retryable and says when. Throws a RangeError or TypeError when an option is out of range.
 *
 * Those who wait have taken nothing, go in the order of their arrival, and leave at once when they are stopped; nobody
 * overtakes. What a call has taken is not given back, however it ends: it may have been made.
 *
 * Belongs inside of a retry, so that every attempt is counted, and outside of a timeout that is to limit the work alone.
 */
export function rateLimit({ name, quota, maxWaitMs = 0 }: RateLimitOptions): RateLimit {
  /** What admits each call that waits. */
  const line = new Set<() => void>();
  let clock: Clock;
  let timer: Timer | undefined;

  /** Admits whose time has come, and sees to it that the first of the others will be. */
  function serve(): void {
    timer?.cancel();
    for (const admit of line) {
      const nowMs = clock.monotonicMs();
      const waitMs = quota.waitMs(1, nowMs);
      if (waitMs > 0) {
        timer = clock.schedule(waitMs, serve);
        return;
      }
      quota.take(nowMs);
      line.delete(admit);
      admit();
    }
  }

  function setQuota(next: Quota): void {
    checkOptions('rate limit', { 'quota.take': [next.take ?? null, FUNCTION] });
    quota = next;
    serve();
  }

  setQuota(quota);
  checkOptions(`rate limit ${name}`, { maxWaitMs: [maxWaitMs, { least: 0 }] });
  return Object.freeze({
    ...sharedPolicy('rate-limit', name, rateLimitFaults.RATE_LIMITED, (environment, refusalOf, level) => {
      clock = environment.clock;
      return {
        timed: true,
        enter(call, nowMs) {
          const waitMs = quota.waitMs(line.size + 1, nowMs);
          if (!line.size && waitMs <= 0) return quota.take(nowMs) as undefined;
          const { deadlineMs = FOREVER } = call.options;
          if (waitMs > Math.min(maxWaitMs, deadlineMs - nowMs)) {
            return call.refuse(refusalOf(call, { rateLimit: name, retryAfterMs: waitMs })) as undefined;
          }
          return call.hold(level, (end) => {
            const admit = () => end();
            line.add(admit);
            serve();
            return () => {
              line.delete(admit);
              serve();
            };
          });
        },
      };
    }),
    setQuota,
  });
}
