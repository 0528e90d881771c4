import { COUNT, checkOptions, FUNCTION } from '../../options/index.ts';
import type { Bulkhead } from '../bulkhead/index.ts';
import { type Call, type Environment, type Layer, layer, type Policy } from '../pipeline/index.ts';
import type { LimitAlgorithm } from './limit-algorithm.ts';

export interface AdaptiveLimitOptions {
  /** Whose limit it sets: begins with the one that it has. */
  readonly bulkhead: Pick<Bulkhead, 'state' | 'setLimit'>;
  /** How the limit follows from what is seen: `gradient2()` or `aimd()`. */
  readonly algorithm: LimitAlgorithm;
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

/**
 * Keeps the limit of a bulkhead at what the service behind can take, which it finds out by itself: from how long calls
 * take, and whether they are dropped. The bulkhead lets in, queues and refuses. Throws a RangeError or TypeError when an
 * option is out of range.
 *
 * Belongs just inside of its bulkhead, in every pipeline of that: what waits inside of it counts as latency. A call
 * that was stopped from further out says nothing; a timeout must therefore be inside to count as a drop.
 *
 * @example
 * const room = bulkhead({ name: 'llm', limit: 20 });
 * pipeline(room, adaptiveLimit({ bulkhead: room, algorithm: gradient2() }), timeout(5000));
 */
export function adaptiveLimit({
  bulkhead,
  algorithm,
  minLimit = 20,
  maxLimit = 200,
  isDrop = isOverload,
}: AdaptiveLimitOptions): Policy<never, unknown> {
  checkOptions('adaptive limit', {
    isDrop: [isDrop, FUNCTION],
    'algorithm.next': [algorithm.next ?? null, FUNCTION],
    minLimit: [minLimit, COUNT],
    maxLimit: [maxLimit, { least: minLimit, whole: true }],
  });
  let { limit } = bulkhead.state;
  let windowEndsMs = 0;
  let calls = 0;
  let drops = 0;
  let sumMs = 0;
  let inFlight = 0;

  return Object.freeze({
    kind: 'adaptive-limit',
    attach(level: number, { clock }: Environment): Layer {
      function learn(call: Call, dropped: number): undefined {
        const began = call.recall(level) as Began;
        const nowMs = clock.monotonicMs();
        calls++;
        drops += dropped;
        if (!dropped) sumMs += nowMs - began.atMs;
        inFlight = Math.max(inFlight, began.inFlight);
        if (nowMs < windowEndsMs || calls < algorithm.windowCalls) return;
        const rttMs = sumMs / (calls - drops || 1);
        const next = algorithm.next(limit, { rttMs, inFlight, dropped: drops / calls });
        limit = Math.max(minLimit, Math.min(maxLimit, next));
        bulkhead.setLimit(Math.floor(limit));
        windowEndsMs = nowMs + algorithm.windowMs;
        calls = drops = sumMs = inFlight = 0;
      }

      return layer({
        timed: true,
        enter(call, atMs) {
          call.remember(level, { atMs, inFlight: bulkhead.state.active });
          return undefined;
        },
        succeeded: (call) => learn(call, 0),
        failed: (call) => (isDrop(call.error) ? learn(call, 1) : undefined),
      });
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
