import { systemClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { HastyClock } from './hasty-clock.ts';

test('at a hundred times its speed a minute is over in less than a second, also for who sleeps already', async () => {
  const clock = new HastyClock();
  const startMs = clock.monotonicMs();
  const trueStartMs = systemClock.monotonicMs();
  const minute = clock.sleep(60_000);
  clock.runAt(100);
  await minute;
  expect(clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(60_000);
  expect(systemClock.monotonicMs() - trueStartMs).toBeLessThan(10_000);
});

test('it never goes back when it slows down again, and is then as fast as the true time', async () => {
  const clock = new HastyClock();
  clock.runAt(1000);
  await systemClock.sleep(5);
  const hastyMs = clock.monotonicMs();
  clock.runAt(1);
  const calmMs = clock.monotonicMs();
  expect(calmMs).toBeGreaterThanOrEqual(hastyMs);
  const aheadMs = calmMs - systemClock.monotonicMs();
  await systemClock.sleep(5);
  expect(clock.monotonicMs() - systemClock.monotonicMs()).toBeCloseTo(aheadMs, -1);
});

test('who sleeps is woken by the signal, with its reason', async () => {
  const clock = new HastyClock();
  const reason = new Error('enough');
  await expect(clock.sleep(60_000, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});
