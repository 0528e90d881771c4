import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TimeWindow } from './time-window.ts';

const DURATION_MS = 1000;
const BUCKETS = 10;
const SETTINGS = { buckets: BUCKETS, minimumCalls: 1, ratio: 1, bucketMs: DURATION_MS / BUCKETS };

interface Counted {
  readonly failed: boolean;
  readonly atMs: number;
}

test('a window holds what ended within its duration, give or take a bucket', () => {
  const step = fc.record({
    passMs: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 300, noNaN: true }), fc.constant(7_200_000)),
    failed: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 200 }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (steps, originMs) => {
        const window = new TimeWindow(SETTINGS);
        const counted: Counted[] = [];
        let nowMs = originMs;
        for (const { passMs, failed } of steps) {
          nowMs += passMs;
          window.moveTo(nowMs);
          if (failed) window.failed(nowMs, 1);
          else window.succeeded(1);
          counted.push({ failed, atMs: nowMs });

          const within = (spanMs: number) => counted.filter(({ atMs }) => atMs > nowMs - spanMs);
          const failures = (calls: readonly Counted[]) => calls.filter((call) => call.failed).length;
          const atLeast = within(DURATION_MS - DURATION_MS / BUCKETS);
          const atMost = within(DURATION_MS);
          expect(window.calls).toBeGreaterThanOrEqual(atLeast.length);
          expect(window.calls).toBeLessThanOrEqual(atMost.length);
          expect(window.failures).toBeGreaterThanOrEqual(failures(atLeast));
          expect(window.failures).toBeLessThanOrEqual(failures(atMost));
        }
      },
    ),
  );
});

test('an idle window is empty', () => {
  const window = new TimeWindow(SETTINGS);
  window.moveTo(0);
  window.failed(0, 1);
  window.succeeded(1);
  window.moveTo(3_600_000);
  expect([window.calls, window.failures]).toEqual([0, 0]);
});

test('a success is dated by the failure that follows it, however late that comes', () => {
  const window = new TimeWindow(SETTINGS);
  window.moveTo(0);
  window.succeeded(1);
  window.failed(5000, 1);
  expect([window.calls, window.failures]).toEqual([2, 1]);
  window.moveTo(5999);
  expect(window.calls).toBe(2);
  window.moveTo(6000);
  expect(window.calls).toBe(0);
});
