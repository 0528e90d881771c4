import { Signals, SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { PerformanceMonitor } from '../../performance/index.ts';
import { performanceCheck } from '../index.ts';

async function after(durationsMs: readonly number[], options?: Parameters<typeof performanceCheck>[1]) {
  const clock = new SimulatedClock();
  const performance = new PerformanceMonitor({ clock, signals: new Signals({ clock }) });
  for (const ms of durationsMs) {
    await clock.run(performance.trackOperation('answer', () => clock.sleep(ms)));
  }
  const check = performanceCheck(performance, options);
  const found = await check.check(AbortSignal.abort());
  return { found, clock, check };
}

test('PerformanceHealthCheck: degraded when one of twenty calls takes 2000 ms or longer', async () => {
  const fine = [...Array.from({ length: 29 }, () => 100), 2500];
  expect((await after(fine)).found).toMatchObject({ status: 'healthy', observed: { unit: 'ms' } });
  const { found } = await after([...fine, 2500, 2500]);
  expect(found).toMatchObject({ status: 'degraded' });
  expect(found.message).toMatch(
    /^answer takes 2\d\d\d ms \(95th percentile of 32 calls; slow from 2000 ms on\)/,
  );
});

test('few slow calls are no evidence, and old ones are forgotten after the window of 5 minutes', async () => {
  expect((await after([3000, 3000, 3000, 3000])).found.status).toBe('healthy');
  const { found, clock, check } = await after([3000, 3000, 3000, 3000, 3000]);
  expect(found.status).toBe('degraded');
  await clock.advance(300_000);
  expect((await check.check(AbortSignal.abort())).status).toBe('healthy');
});

test('unhealthy only who asks for it', async () => {
  const { found } = await after([9000, 9000, 9000, 9000, 9000], { unhealthyAtMs: 8000 });
  expect(found.status).toBe('unhealthy');
});
