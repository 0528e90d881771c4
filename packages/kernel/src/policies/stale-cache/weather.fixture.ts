import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { type Attempt, pipeline, type StaleCacheOptions, staleCache } from '../index.ts';

export const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A cache of answers that are fresh for 100 ms, and work that takes 10 ms and answers its own number. */
export function workshop(options: Partial<StaleCacheOptions<never, unknown>> = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const cache = staleCache<never, unknown>({ name: 'weather', freshMs: 100, ...options });
  const policies = pipeline({ clock, signals, name: 'forecast' }, cache);
  const attempts: Attempt[] = [];
  const failing = { error: undefined as unknown };
  const work = async (attempt: Attempt) => {
    const call = attempts.push(attempt);
    await clock.sleep(10, { signal: attempt.signal });
    if (failing.error !== undefined) throw failing.error;
    return `answer ${call}`;
  };
  const ask = (key = 'berlin') => clock.run(policies.run(work, { key }));
  return { clock, signals, cache, policies, attempts, failing, work, ask };
}
