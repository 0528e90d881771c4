import { checkOptions, WAIT } from '../../options/index.ts';
import { type Clock, systemClock } from '../../time/index.ts';
import { Gate, NO_LIMIT } from '../pipeline/index.ts';

/** What further attempts of the same call are paid from, by retries and hedges alike. */
export interface SpendingBudget {
  /** Takes what one further attempt costs; answers false, and takes nothing, when that is not there. */
  tryTake(): boolean;
  /** What was taken comes back: the caller cancelled the run before the attempt came to an end. */
  giveBack?(): void;
  /** A call has succeeded. */
  deposit?(): void;
  /** @internal Counts the successes of calls that nothing stands in the way of, in place of `deposit`. */
  readonly gate?: Gate;
}

export interface RetryBudgetOptions {
  /** So many further attempts are earned by each success. From 0 to 1000. Default 0.2. */
  readonly ratio?: number;
  /** So many are earned by each second, whatever succeeds. From 0 to 1000. Default 10. */
  readonly minPerSecond?: number;
  /** So many can be saved, and are there in the beginning. 1 or more. Default 100. */
  readonly capacity?: number;
  /** Default: the host's time. Give the one of the pipelines. */
  readonly clock?: Clock;
}

/** What a retry budget holds. */
export interface RetryBudgetState {
  /** From 0 to the capacity. Fractions are being saved. */
  readonly tokens: number;
  readonly capacity: number;
}

export interface RetryBudget extends SpendingBudget {
  /** A snapshot. */
  readonly state: RetryBudgetState;
  giveBack(): void;
  deposit(): void;
}

/**
 * Keeps retries and hedges from multiplying the load on a dependency that is down: a bucket of tokens, of which each
 * further attempt takes one and each success adds `ratio`. Make one for each dependency, and give it to every retry
 * and hedge that calls it. Throws a RangeError or TypeError when an option is out of range.
 *
 * While all goes well, calls earn more than retries spend; while all fails, only `minPerSecond` retries are made, after
 * those that were saved. Runs that the caller cancels give back what they took. There is no timer.
 *
 * Ratio and minimum are those of Finagle's RetryBudget (20 % and 10 a second, kept for 10 s, hence 100); earned by
 * successes as in gRPC's retry throttling (proposal A6). Smithy's 500 tokens at 5 a retry are 100 retries as well.
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  const { ratio = 0.2, minPerSecond = 10, capacity = 100, clock = systemClock } = options;
  checkOptions('retry budget', {
    ratio: [ratio, RATE],
    minPerSecond: [minPerSecond, RATE],
    capacity: [capacity, { ...WAIT, least: 1 }],
  });
  const gate = new Gate();
  gate.limit = NO_LIMIT;
  let tokens = capacity;
  let countedMs = 0;

  /** What is there now, with what was earned since the last time. */
  function count(): number {
    const nowMs = clock.monotonicMs();
    // The gate's count wraps around to below 0.
    const earned = (gate.successes >>> 0) * ratio + ((nowMs - countedMs) / 1000) * minPerSecond;
    // Nobody asks how many are active; those that leave by hooks would stay so.
    gate.active = gate.successes = 0;
    countedMs = nowMs;
    tokens = Math.min(tokens + earned, capacity);
    return tokens;
  }

  return Object.freeze({
    gate,
    get state() {
      return { tokens: count(), capacity };
    },
    tryTake() {
      const pays = count() >= 1;
      if (pays) tokens--;
      return pays;
    },
    giveBack() {
      tokens++;
    },
    deposit() {
      gate.active = 0;
      gate.successes++;
    },
  });
}

const RATE = { least: 0, most: 1000 };
