import { expect, test } from 'vitest';
import { eventLoopCheck } from '../index.ts';
import { LoopDelays } from './loop-delays.ts';

/** Judged with a jitter buffer of 100 ms. */
function watched() {
  const delays = new LoopDelays(20, 0);
  let nowMs = 0;
  const check = eventLoopCheck({ figures: () => delays.figures(nowMs) }, { jitterBufferMs: 100 });
  return {
    delays,
    async statusAt(ms: number) {
      nowMs = ms;
      return (await check.check(AbortSignal.abort())).status;
    },
  };
}

test('a delay makes as many frames late as were due meanwhile, for 10 s', () => {
  const delays = new LoopDelays(20, 0);
  delays.record(150, 500);
  delays.record(20, 600);
  expect(delays.figures(9999)).toEqual({ lateFrames: 8, longestDelaysMs: [150, 0, 0] });
  expect(delays.figures(10_500)).toEqual({ lateFrames: 0, longestDelaysMs: [0, 150, 0] });
  delays.record(40, 35_000);
  expect(delays.figures(35_000)).toEqual({ lateFrames: 2, longestDelaysMs: [40, 0, 0] });
});

test('three late frames degrade, two do not', async () => {
  const { delays, statusAt } = watched();
  delays.record(59, 100);
  expect(await statusAt(100)).toBe('healthy');
  delays.record(20, 200);
  expect(await statusAt(200)).toBe('degraded');
  expect(await statusAt(10_500)).toBe('healthy');
});

test('one delay longer than the jitter buffer is no outage; two windows of them in a row are, until one is without', async () => {
  const { delays, statusAt } = watched();
  delays.record(150, 5000);
  delays.record(150, 6000);
  expect(await statusAt(9000)).toBe('degraded');
  delays.record(150, 14_000);
  expect(await statusAt(14_000)).toBe('unhealthy');
  expect(await statusAt(21_000)).toBe('unhealthy');
  expect(await statusAt(30_001)).toBe('healthy');
});

test('a loop that was blocked for longer than a window has been late in each of them', async () => {
  const { delays, statusAt } = watched();
  delays.record(15_000, 17_000);
  expect(await statusAt(17_000)).toBe('unhealthy');
});

test('what it keeps does not grow', () => {
  const delays = new LoopDelays(20, 0);
  for (let ms = 0; ms < 10_000_000; ms += 100) delays.record(60, ms);
  expect(delays.figures(9_999_999).lateFrames).toBe(300);
});
