import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { breaker, countWindow, keyedBreakers, pipeline, slowCalls, timeWindow } from '../index.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapUsed(): number {
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

const KEYS = 100_000;
const MOST_BYTES = 500;

test.each([
  ['failures in a row', {}],
  ['a time window', { trip: timeWindow({ durationMs: 10_000, failureRatio: 0.5, minimumCalls: 10 }) }],
])('100,000 idle breakers that count by %s keep at most 500 bytes each, and no timer', async (_, rules) => {
  const clock = new SimulatedClock();
  const keys = Array.from({ length: KEYS }, (_, index) => `dependency-${index}`);
  const before = heapUsed();
  const subject = keyedBreakers({ name: 'api', maxKeys: KEYS, ...rules });
  const policies = pipeline({ clock }, subject);
  for (const key of keys) await policies.run(() => 'answer', { key });
  const bytes = (heapUsed() - before) / KEYS;
  expect(subject.size).toBe(KEYS);
  expect(clock.waitingTimers).toBe(0);
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
});

test('a breaker in use does not grow (opossum#648: 80 to 300 MB in a day)', async () => {
  const clock = new SimulatedClock();
  const trip = [
    timeWindow({ durationMs: 1000, failureRatio: 1, minimumCalls: 100 }),
    countWindow({ calls: 100, failureRatio: 1 }),
    slowCalls({ slowMs: 100, slowRatio: 1, minimumCalls: 100, durationMs: 1000 }),
  ];
  const policies = pipeline({ clock }, breaker({ name: 'api', trip, openMs: 10 }));
  const use = async (calls: number) => {
    for (let i = 0; i < calls; i++) {
      if (i % 100 === 0) await clock.advance(7);
      const work = () => (i % 3 === 0 ? Promise.reject(new Error('broken')) : 'answer');
      await policies.run(work).catch(() => undefined);
    }
  };
  await use(10_000);
  const before = heapUsed();
  await use(100_000);
  expect((heapUsed() - before) / 100_000).toBeLessThan(10);
});
