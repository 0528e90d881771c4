import { COUNT, checkFunctions, checkOptions, FOREVER } from '../../options/index.ts';
import { defineSignal } from '../../signals/index.ts';
import type { Clock, Timer } from '../../time/index.ts';
import type { Policy, RunOptions } from '../pipeline/index.ts';
import { sharedPolicy } from '../shared-policy.ts';
import { WaitLine } from '../wait-line.ts';
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
  /** A snapshot: how much can be taken at once, and how many calls wait. `key` as that of a run. */
  stateOf(key?: string): { readonly available: number; readonly waiting: number };
  /** From now on. What has been taken counts as if it had been taken now. Those who wait go on waiting. */
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
export function rateLimit(options: RateLimitOptions): RateLimit {
  const { name, maxWaitMs = 0, cost, maxKeys = 1 } = options;
  let { quota } = options;
  checkOptions(`rate limit ${name}`, { maxWaitMs: [maxWaitMs, { least: 0 }], maxKeys: [maxKeys, COUNT] });
  checkFunctions('rate limit', { cost, 'quota.open': quota.open ?? null });
  const lanes = new Map<string | undefined, Lane>();
  const keyOf = (key: string | undefined) => (options.maxKeys ? key : undefined);
  let clock: Clock;

  function laneOf(key: string | undefined, nowMs: number): Lane {
    const lane = lanes.get(key) ?? { usage: quota.open(0, nowMs), line: new WaitLine(), timer: undefined };
    // The one used last stands last. Who waits where a key is forgotten is still served: the lane's timer knows it.
    if (maxKeys > 1) lanes.delete(key);
    lanes.set(key, lane);
    if (lanes.size > maxKeys) lanes.delete(lanes.keys().next().value);
    return lane;
  }

  function serve(lane: Lane): void {
    lane.timer?.cancel();
    for (let first = lane.line.first; first; first = lane.line.first) {
      const nowMs = clock.monotonicMs();
      const waitMs = lane.usage.waitMs(first.cost, nowMs);
      if (waitMs > 0) {
        lane.timer = clock.schedule(waitMs, () => serve(lane));
        return;
      }
      lane.usage.take(first.cost, nowMs);
      lane.line.admit(first);
    }
  }

  return Object.freeze({
    ...sharedPolicy(
      'rate-limit',
      name,
      rateLimitFaults.RATE_LIMITED,
      rateLimitRefused,
      (environment, refusalOf, level) => {
        clock = environment.clock;
        return {
          timed: true,
          enter(call, sinceMs) {
            const { key, priority = 0, deadlineMs = FOREVER } = call.options;
            let taken = 1;
            if (cost) {
              taken = cost(call.options);
              const { most, whole } = quota;
              checkOptions(`rate limit ${name}`, { cost: [taken, { least: 0, most, whole }] });
              if (taken === 0) return;
            }
            const lane = laneOf(keyOf(key), sinceMs);
            const { usage, line } = lane;
            const ahead = line.last && line.last.priority >= priority ? line.cost : 0;
            const waitMs = usage.waitMs(taken + ahead, sinceMs);
            if (!line.first && waitMs <= 0) return usage.take(taken, sinceMs) as undefined;
            const refuse = () => refusalOf(call, { rateLimit: name, retryAfterMs: Math.max(waitMs, 0) });
            if (maxWaitMs === 0 || waitMs > Math.min(maxWaitMs, deadlineMs - sinceMs)) {
              return call.refuse(refuse()) as undefined;
            }
            const waiting = line.join(call, level, {
              clock,
              sinceMs,
              maxWaitMs,
              cost: taken,
              refuse,
              serve: () => serve(lane),
            });
            serve(lane);
            return waiting;
          },
        };
      },
    ),
    stateOf(key?: string) {
      const lane = lanes.get(keyOf(key));
      return {
        available: quota.most - (lane?.usage.used(clock.monotonicMs()) ?? 0),
        waiting: lane?.line.size ?? 0,
      };
    },
    setQuota(next: Quota) {
      checkFunctions('rate limit', { 'quota.open': next.open ?? null });
      quota = next;
      for (const lane of lanes.values()) {
        const nowMs = clock.monotonicMs();
        lane.usage = next.open(Math.min(Math.ceil(lane.usage.used(nowMs)), next.most), nowMs);
        serve(lane);
      }
    },
  });
}

/** Where calls of one quota wait. */
interface Lane {
  usage: Usage;
  readonly line: WaitLine;
  timer: Timer | undefined;
}
