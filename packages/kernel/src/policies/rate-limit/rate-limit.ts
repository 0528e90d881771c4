import { COUNT, checkFunctions, checkOptions, FOREVER } from '../../options/index.ts';
import { defineSignal } from '../../signals/index.ts';
import type { Clock, Timer } from '../../time/index.ts';
import type { Policy, RunOptions } from '../pipeline/index.ts';
import { sharedPolicy } from '../shared-policy.ts';
import { joinLine, type Waiter } from '../wait-line.ts';
import type { Quota, Usage } from './quota.ts';
import { type RateLimited, rateLimitFaults } from './rate-limit-faults.ts';

/** The rate limit has refused a call. */
export const rateLimitRefused = defineSignal<RateLimited>('rate-limit.refused');

export interface RateLimitOptions {
  /** Whose limit it is, in signals and faults. */
  readonly name: string;
  /** How much may be taken in which time: `tokenBucket(…)` or `slidingWindow(…)`. */
  readonly quota: Quota;
  /** How long a call may wait. A call that would have to wait longer is refused at once. 0 or more. Default 0. */
  readonly maxWaitMs?: number;
  /** How much a call takes. From 0 to the quota's `most`; 0 passes always. Default 1. */
  readonly cost?: (options: RunOptions) => number;
  /**
   * Gives each `key` of a run a quota of its own, and remembers so many keys: a whole number, 1 or more. A key that is
   * forgotten, which is the one not used for longest, begins anew. Default: one quota for all calls.
   */
  readonly maxKeys?: number;
}

/** A policy with a state, shared by all pipelines that it is used in. */
export interface RateLimit extends Policy<never, unknown> {
  readonly kind: 'rate-limit';
  readonly name: string;
  /**
   * From now on, as if nothing had been taken. Those who wait go on waiting for what they found. Throws as `rateLimit`.
   */
  setQuota(quota: Quota): void;
}

/**
 * Limits how much is begun in a time: calls, or what each call costs. A call that finds too little left waits for up to
 * `maxWaitMs`, or is refused with the fault RATE_LIMITED, which is retryable and says when. Throws a RangeError or
 * TypeError when an option is out of range; a call whose cost is out of range fails with one.
 *
 * Those who wait have taken nothing, go in the order of their arrival, the greater `priority` first, and leave at once
 * when they are stopped; nobody overtakes who does not wait. What a call has taken is not given back, however it ends: it
 * may have been made.
 *
 * Belongs inside of a retry, so that every attempt is counted, and outside of a timeout that is to limit the work alone.
 */
export function rateLimit({ name, quota, maxWaitMs = 0, cost, maxKeys }: RateLimitOptions): RateLimit {
  const lanes = new Map<string | undefined, Lane>();
  const of = `rate limit ${name}`;

  function setQuota(next: Quota): void {
    checkFunctions('rate limit', { cost, 'quota.open': next.open ?? null });
    quota = next;
    lanes.clear();
  }

  function laneOf(key: string | undefined, clock: Clock): Lane {
    const lane = lanes.get(key) ?? openLane(quota.open(), clock);
    // The one used last stands last. Who waits where a key is forgotten is still served: the lane knows it.
    lanes.delete(key);
    lanes.set(key, lane);
    if (lanes.size > (maxKeys as number)) lanes.delete(lanes.keys().next().value);
    return lane;
  }

  setQuota(quota);
  checkOptions(of, { maxWaitMs: [maxWaitMs, { least: 0 }], maxKeys: [maxKeys ?? 1, COUNT] });
  return Object.freeze({
    ...sharedPolicy(
      'rate-limit',
      name,
      rateLimitFaults.RATE_LIMITED,
      rateLimitRefused,
      ({ clock }, refusalOf, level) => ({
        timed: true,
        enter(call, sinceMs) {
          const { key, priority = 0, deadlineMs = FOREVER } = call.options;
          let taken = 1;
          if (cost) {
            taken = cost(call.options);
            checkOptions(of, { cost: [taken, { least: 0, most: quota.most }] });
            if (!taken) return;
          }
          const { usage, line, serve } = laneOf(maxKeys ? key : undefined, clock);
          const ahead = line.reduce(
            (sum, waiter) => (waiter.priority < priority ? sum : sum + waiter.cost),
            0,
          );
          const waitMs = usage.waitMs(taken + ahead, sinceMs);
          if (!line.length && waitMs <= 0) return usage.take(taken, sinceMs) as undefined;
          const refuse = () => refusalOf(call, { rateLimit: name, retryAfterMs: Math.max(waitMs, 0) });
          if (waitMs > Math.min(maxWaitMs, deadlineMs - sinceMs)) return call.refuse(refuse()) as undefined;
          const waiting = joinLine(line, call, level, {
            clock,
            sinceMs,
            maxWaitMs,
            cost: taken,
            refuse,
            serve,
          });
          serve();
          return waiting;
        },
      }),
    ),
    setQuota,
  });
}

/** Where calls of one quota wait. */
interface Lane {
  readonly usage: Usage;
  readonly line: Waiter[];
  serve(): void;
}

function openLane(usage: Usage, clock: Clock): Lane {
  const line: Waiter[] = [];
  let timer: Timer | undefined;
  function serve(): void {
    timer?.cancel();
    for (let [first] = line; first; [first] = line) {
      const nowMs = clock.monotonicMs();
      const waitMs = usage.waitMs(first.cost, nowMs);
      if (waitMs > 0) {
        timer = clock.schedule(waitMs, serve);
        return;
      }
      usage.take(first.cost, nowMs);
      first.end();
    }
  }
  return { usage, line, serve };
}
