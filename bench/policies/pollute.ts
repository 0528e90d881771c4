import {
  breaker,
  bulkhead,
  fallback,
  type Policy,
  pipeline,
  retry,
  SimulatedClock,
  timeout,
  timeWindow,
} from '@sustain/kernel';
import { fails, ignore, work } from './beside.ts';

const ROUNDS = 3000;

/** Runs pipelines of many shapes, orders, clocks, works and outcomes. */
export async function pollute(): Promise<void> {
  const clock = new SimulatedClock();
  const policies = (): Policy<unknown, never>[] => [
    fallback('fallback'),
    fallback((error) => String(error)),
    retry({ maxAttempts: 2, backoff: () => 0 }),
    retry({ retryResult: (value: unknown) => value === 'bad', backoff: () => 0 }),
    breaker({ name: 'a', consecutive: 1_000_000 }),
    breaker({ name: 'b', trip: timeWindow({ durationMs: 100, failureRatio: 1, minimumCalls: 1_000_000 }) }),
    timeout(1000),
    timeout(2000, { mode: 'cooperative' }),
    bulkhead({ name: 'c', limit: 10 }),
  ];
  const pipelines = policies().flatMap((_, start) => {
    const some = () => {
      const all = policies();
      return all.map((_, at) => all[(start + at * 2) % all.length] as Policy).slice(0, start);
    };
    return [pipeline(...some()), pipeline({ clock }, ...some())];
  });
  const works = [work, fails, () => 'at once', () => Promise.resolve({ text: 'object' }), throwAtOnce];
  const { signal } = new AbortController();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, each] of pipelines.entries()) {
      const options = round % 3 === 0 ? { signal } : round % 3 === 1 ? { name: 'named' } : undefined;
      await each.run(works[(round + index) % works.length] as () => never, options).catch(ignore);
    }
  }
}

function throwAtOnce(): never {
  throw new Error('at once');
}
