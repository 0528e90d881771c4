import { type Backoff, exponential, type Policy, pipeline } from '../../policies/index.ts';
import type { TimedStrategyOptions } from './strategy.ts';

/** What came of a trial. */
export interface Tried<T> {
  /** How often the work was called. */
  readonly attempts: number;
  /** Whether it answered something good. */
  readonly ok: boolean;
  /** What it answered, when that was good. */
  readonly answer?: T | undefined;
  /** What it failed of, otherwise. */
  readonly problem?: unknown;
}

/**
 * Does what a strategy does under policies: as often and for as long as they allow. The last argument says which
 * answers are good. Rejects with the reason of `signal` and with nothing else.
 */
export function trial(
  usualName: string,
  options: TimedStrategyOptions,
  ...policies: readonly Policy<never, unknown>[]
) {
  const protectedBy = pipeline({ name: usualName, ...options }, ...policies);
  return async <T>(
    signal: AbortSignal,
    work: (signal: AbortSignal) => Promise<T> | T,
    isGood: (answer: T) => boolean = () => true,
  ): Promise<Tried<T>> => {
    let attempts = 0;
    try {
      const answer = await protectedBy.run(
        async (attempt) => {
          attempts++;
          const made = await work(attempt.signal);
          if (!isGood(made)) throw new Error('the answer was not good');
          return made;
        },
        { signal },
      );
      return { attempts, ok: true, answer };
    } catch (problem) {
      signal.throwIfAborted();
      return { attempts, ok: false, problem };
    }
  };
}

/** Waits that are all the same. Throws a RangeError unless `delayMs` is 0 or more. */
export function steady(delayMs: number): Backoff {
  return exponential({ baseMs: delayMs, maxMs: delayMs, factor: 1, jitter: 'none' });
}
