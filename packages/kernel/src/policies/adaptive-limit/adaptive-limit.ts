import { COUNT, checkFunctions, checkOptions } from '../../options/index.ts';
import { defineSignal } from '../../signals/index.ts';
import type { Call, Policy } from '../pipeline/index.ts';
import { sharedPolicy } from '../shared-policy.ts';
import { adaptiveLimitFaults, type ConcurrencyLimited } from './adaptive-limit-faults.ts';
import type { LimitAlgorithm, LimitState } from './limit-algorithm.ts';

/** The limit is another one now. */
export const adaptiveLimitChanged = defineSignal<{
  readonly adaptiveLimit: string;
  readonly from: number;
  readonly limit: number;
}>('adaptive-limit.changed');

/** The adaptive limit has refused a call. */
export const adaptiveLimitRefused = defineSignal<ConcurrencyLimited>('adaptive-limit.refused');

export interface AdaptiveLimitOptions<State extends LimitState = LimitState> {
  /** Whose limit it is, in signals and faults: the dependency. */
  readonly name: string;
  /** How the limit follows from what is seen: `gradient2()` or `aimd()`. */
  readonly algorithm: LimitAlgorithm<State>;
  /** The least that the limit may be. A whole number, 1 or more. Default 20. */
  readonly minLimit?: number;
  /** The most. A whole number, not below `minLimit`. Default 200. */
  readonly maxLimit?: number;
  /**
   * Whether an error says that the service is overloaded. Default: faults of the categories `timeout` and `overload`, and
   * errors with the name TimeoutError. Calls that fail of anything else say nothing about the limit.
   */
  readonly isDrop?: (error: unknown) => boolean;
}

/** A policy with a state, shared by all pipelines that it is used in. */
export interface AdaptiveLimit<State extends LimitState = LimitState> extends Policy<never, unknown> {
  readonly kind: 'adaptive-limit';
  readonly name: string;
  /** A snapshot: what the algorithm knows, and how many calls are inside. */
  readonly state: State & { readonly active: number };
}

/**
 * Limits how many calls are inside at once to what the service behind can take, which it finds out by itself: from how long
 * calls take, and whether they are dropped. Refuses the others at once, with the fault CONCURRENCY_LIMITED, which is
 * retryable. Throws a RangeError or TypeError when an option is out of range.
 *
 * A call that was stopped from further out says nothing. A timeout must therefore be inside of the limit to count as a
 * drop. Belongs inside of a retry, and of whatever else waits: what waits inside counts as latency.
 */
export function adaptiveLimit<State extends LimitState>({
  name,
  algorithm,
  minLimit = 20,
  maxLimit = 200,
  isDrop = isOverload,
}: AdaptiveLimitOptions<State>): AdaptiveLimit<State> {
  checkFunctions('concurrency limit', { isDrop, 'algorithm.update': algorithm.update ?? null });
  checkOptions(`adaptive limit ${name}`, {
    minLimit: [minLimit, COUNT],
    maxLimit: [maxLimit, { least: minLimit, whole: true }],
  });
  const { windowMs, windowCalls } = algorithm;
  const within = (next: State) => ({ ...next, limit: Math.max(minLimit, Math.min(maxLimit, next.limit)) });
  let state = within(algorithm.initial);
  let active = 0;
  let windowEndsMs = 0;
  let calls = 0;
  let drops = 0;
  let sumMs = 0;
  let inFlight = 0;

  return Object.freeze({
    ...sharedPolicy(
      'adaptive-limit',
      name,
      adaptiveLimitFaults.CONCURRENCY_LIMITED,
      adaptiveLimitRefused,
      ({ clock, signals }, refusalOf, level) => {
        const changed = signals.channel(adaptiveLimitChanged);

        function add(call: Call, dropped: number): undefined {
          const began = call.recall(level) as Began;
          const nowMs = clock.monotonicMs();
          calls++;
          drops += dropped;
          if (!dropped) sumMs += nowMs - began.atMs;
          inFlight = Math.max(inFlight, began.inFlight);
          if (nowMs < windowEndsMs || calls < windowCalls) return;
          const from = Math.floor(state.limit);
          const rttMs = sumMs / (calls - drops || 1);
          state = within(algorithm.update(state, { rttMs, inFlight, dropped: drops / calls }));
          const limit = Math.floor(state.limit);
          windowEndsMs = nowMs + windowMs;
          calls = drops = sumMs = inFlight = 0;
          if (limit !== from) changed.emit({ adaptiveLimit: name, from, limit }, { source: name });
        }

        return {
          timed: true,
          enter(call, atMs) {
            const limit = Math.floor(state.limit);
            if (active >= limit) call.refuse(refusalOf(call, { adaptiveLimit: name, limit }));
            else call.remember(level, { atMs, inFlight: ++active });
            return undefined;
          },
          succeeded(call) {
            active--;
            return add(call, 0);
          },
          failed(call) {
            active--;
            return isDrop(call.error) ? add(call, 1) : undefined;
          },
          cancelled() {
            active--;
            return undefined;
          },
        };
      },
    ),
    get state() {
      return { ...state, active };
    },
  });
}

/** What a call's layer remembers. */
interface Began {
  readonly atMs: number;
  readonly inFlight: number;
}

const isOverload = (error: unknown): boolean => {
  const { category, name } = Object(error) as { readonly category?: unknown; readonly name?: unknown };
  return /timeout|overload/i.test(String(category ?? name));
};
