import { breaker, pipeline, timeWindow } from '@sustain/kernel';
import CircuitBreaker from 'opossum';
import type { BenchFigure } from '../bench-case.ts';
import { inTurns } from '../in-turns.ts';
import { fails, ignore, work } from './beside.ts';

const CALLS = 50_000;

/** A failing call while 50,000 successful ones are in the breaker's window; beside the same with none. */
export async function failingCall(): Promise<BenchFigure[]> {
  const long = { durationMs: 3_600_000, failureRatio: 1, minimumCalls: 1_000_000 };
  const full = pipeline(breaker({ name: 'full', trip: timeWindow(long) }));
  const empty = pipeline(breaker({ name: 'empty', trip: timeWindow(long) }));
  let isFilled = false;
  const opossum = new CircuitBreaker(() => (isFilled ? fails() : work()), {
    timeout: 2000,
    rollingCountTimeout: long.durationMs,
    errorThresholdPercentage: 100,
  });
  for (let i = 0; i < CALLS; i++) {
    await full.run(work);
    await opossum.fire();
  }
  isFilled = true;
  const own = await inTurns(
    { full: () => full.run(fails).catch(ignore), empty: () => empty.run(fails).catch(ignore) },
    { rounds: 101 },
  );
  const { theirs } = await inTurns({ theirs: () => opossum.fire().catch(ignore) }, { rounds: 9, turnMs: 50 });
  opossum.shutdown();
  return [
    { value: own.full, rival: 'empty-window', rivalValue: own.empty },
    { value: own.full, rival: 'opossum', rivalValue: theirs },
  ];
}
