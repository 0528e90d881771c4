import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { PerformanceMonitor, runtimePerformance } from './index.ts';

test('pauses of the garbage collector are counted and timed', async () => {
  using runtime = runtimePerformance({ windowMs: 200 });
  const before = runtime().gc;
  let kept: object[] = [];
  for (let each = 0; each < 2_000_000; each++) {
    kept.push({ each });
    if (kept.length > 100_000) kept = [];
  }
  await sleep(100);
  const { gc } = runtime();
  expect(gc.pauses).toBeGreaterThan(before.pauses);
  expect(gc.pauseMs).toBeGreaterThan(0);
  expect(gc.longestPauseMs).toBeLessThanOrEqual(gc.pauseMs);
});

test('what was disposed of reads on, and counts nothing more', async () => {
  const runtime = runtimePerformance({ windowMs: 50 });
  runtime[Symbol.dispose]();
  runtime[Symbol.dispose]();
  const { gc } = runtime();
  await sleep(150);
  expect(runtime().gc.pauses).toBe(gc.pauses);
});

test('tracking costs little: 100,000 operations of real work', () => {
  const monitor = new PerformanceMonitor();
  const work = () => 1;
  const time = (once: () => void) => {
    const beganMs = performance.now();
    for (let each = 0; each < 100_000; each++) once();
    return ((performance.now() - beganMs) * 1e6) / 100_000;
  };
  time(() => monitor.trackOperation('work', work));
  const costNs = time(() => monitor.trackOperation('work', work)) - time(work);
  console.log(`trackOperation: ${costNs.toFixed(0)} ns`);
  expect(costNs).toBeLessThan(20_000);
});
