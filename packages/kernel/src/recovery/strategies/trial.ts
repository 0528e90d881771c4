import { classify } from '../../faults/index.ts';
import { type Policy, pipeline, type RetryOptions } from '../../policies/index.ts';
import type { TimedStrategyOptions } from './strategy.ts';

/** What came of a trial: an answer, or what it failed of. */
export interface Tried<T> {
  readonly answer?: T;
  readonly problem?: string;
}

/** Does what a strategy does under policies: as often and for as long as they allow. Never rejects. */
export function trial(
  usualName: string,
  options: TimedStrategyOptions,
  ...policies: readonly Policy<never, unknown>[]
) {
  const protectedBy = pipeline({ name: usualName, ...options }, ...policies);
  return async <T>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T> | T,
  ): Promise<Tried<T>> => {
    try {
      return { answer: await protectedBy.run(({ signal }) => work(signal), { signal }) };
    } catch (error) {
      return { problem: classify(error).message };
    }
  };
}

/** Of a retry: asks again whatever the answer is, or the error, until it is true. */
export const untilTrue = {
  retryOn: () => true,
  retryResult: (answer) => answer !== true,
} satisfies Pick<RetryOptions<unknown>, 'retryOn' | 'retryResult'>;
