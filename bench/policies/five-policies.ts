import {
  breaker,
  bulkhead,
  exponential,
  fallback,
  pipeline,
  retry,
  timeout,
  timeWindow,
} from '@sustain/kernel';
import * as cockatiel from 'cockatiel';
import { Effect, Schedule, Semaphore } from 'effect';
import CircuitBreaker from 'opossum';
import pRetry from 'p-retry';
import type { BenchFigure } from '../bench-case.ts';
import { bareAwait, beside, work } from './beside.ts';
import { pollute } from './pollute.ts';

const LIMIT = 100;

/** Ours counts failures in a row and in a window; cockatiel counts one of the two, and gets the cheaper one. */
function ours(mode: 'cooperative' | 'abandon') {
  return pipeline(
    fallback(0),
    retry({ maxAttempts: 3, backoff: exponential() }),
    breaker({
      name: 'bench',
      consecutive: 5,
      trip: timeWindow({ durationMs: 10_000, failureRatio: 0.5, minimumCalls: 100 }),
      openMs: 10_000,
    }),
    timeout(2000, { mode }),
    bulkhead({ name: 'bench', limit: LIMIT }),
  );
}

function cockatiels(strategy: cockatiel.TimeoutStrategy) {
  return cockatiel.wrap(
    cockatiel.fallback(cockatiel.handleAll, 0),
    cockatiel.retry(cockatiel.handleAll, { maxAttempts: 3, backoff: new cockatiel.ExponentialBackoff() }),
    cockatiel.circuitBreaker(cockatiel.handleAll, {
      halfOpenAfter: 10_000,
      breaker: new cockatiel.ConsecutiveBreaker(5),
    }),
    cockatiel.timeout(2000, strategy),
    cockatiel.bulkhead(LIMIT),
  );
}

/** Has no breaker, so it has four of the five. */
function effects() {
  const program = Effect.tryPromise(work).pipe(
    Semaphore.makeUnsafe(LIMIT).withPermits(1),
    Effect.timeout('2 seconds'),
    Effect.retry({ times: 2, schedule: Schedule.exponential(100) }),
    Effect.orElseSucceed(() => 0),
  );
  return () => Effect.runPromise(program);
}

/** The success path of fallback, retry, breaker, timeout and bulkhead. */
export async function fivePolicies(mode: 'cooperative' | 'abandon'): Promise<BenchFigure[]> {
  const { Cooperative, Aggressive } = cockatiel.TimeoutStrategy;
  const own = ours(mode);
  const theirs = cockatiels(mode === 'cooperative' ? Cooperative : Aggressive);
  // Has no retry, so it has four of the five.
  const opossum = new CircuitBreaker(work, { timeout: 2000, resetTimeout: 10_000, capacity: LIMIT });
  opossum.fallback(() => 0);
  const figures = await beside({
    ours: () => own.run(work),
    cockatiel: () => theirs.execute(work),
    opossum: () => opossum.fire(),
    'bare-await': bareAwait,
    // A retry alone.
    'p-retry': () => pRetry(work, { retries: 2 }),
    effect: effects(),
  });
  opossum.shutdown();
  return figures;
}

/** The same in a program that uses pipelines of all sorts, so that V8 can assume nothing about this one. */
export async function fivePoliciesPolluted(): Promise<BenchFigure[]> {
  await pollute();
  return fivePolicies('cooperative');
}
