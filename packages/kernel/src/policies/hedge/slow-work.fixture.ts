import type { SimulatedClock } from '../../time/index.ts';
import type { Attempt } from '../index.ts';

export const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Work that takes what `takesMs` says of each call, ends when it is told to, and remembers its attempts. */
export function slowWork(clock: SimulatedClock, ...takesMs: readonly number[]) {
  const attempts: Attempt[] = [];
  const work = async (attempt: Attempt) => {
    const call = attempts.push(attempt) - 1;
    await clock.sleep(takesMs[call] ?? 0, { signal: attempt.signal });
    return `call ${call}`;
  };
  return { attempts, work };
}
