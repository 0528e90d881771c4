import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Gate } from '../pipeline/index.ts';
import { timeWindow } from './time-window.ts';

const DURATION_MS = 1000;
const BUCKETS = 10;

/** A window, and what it has counted. */
function begin() {
  const rule = timeWindow({ durationMs: DURATION_MS, failureRatio: 1, minimumCalls: 1 });
  const tally = rule.begin();
  const gate = { untilMs: 0 } as Gate;
  const count = (nowMs: number, succeeded = 0, failed = 0) =>
    rule.count(tally, gate, nowMs, succeeded, failed);
  return { tally, count };
}

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
        const { tally, count } = begin();
        const counted: Counted[] = [];
        let nowMs = originMs;
        for (const { passMs, failed } of steps) {
          nowMs += passMs;
          count(nowMs);
          if (failed) count(nowMs, 0, 1);
          else count(nowMs, 1);
          counted.push({ failed, atMs: nowMs });

          const within = (spanMs: number) => counted.filter(({ atMs }) => atMs > nowMs - spanMs);
          const failures = (calls: readonly Counted[]) => calls.filter((call) => call.failed).length;
          const atLeast = within(DURATION_MS - DURATION_MS / BUCKETS);
          const atMost = within(DURATION_MS);
          expect(tally.calls).toBeGreaterThanOrEqual(atLeast.length);
          expect(tally.calls).toBeLessThanOrEqual(atMost.length);
          expect(tally.failures).toBeGreaterThanOrEqual(failures(atLeast));
          expect(tally.failures).toBeLessThanOrEqual(failures(atMost));
        }
      },
    ),
  );
});

test('an idle window is empty', () => {
  const { tally, count } = begin();
  count(0, 0, 1);
  count(0, 1);
  expect(tally).toMatchObject({ calls: 2, failures: 1 });
  count(3_600_000);
  expect(tally).toMatchObject({ calls: 0, failures: 0 });
});

test('a success is dated by the failure that follows it, however late that comes', () => {
  const { tally, count } = begin();
  count(0);
  count(5000, 1, 1);
  expect(tally).toMatchObject({ calls: 2, failures: 1 });
  count(5999);
  expect(tally.calls).toBe(2);
  count(6000);
  expect(tally.calls).toBe(0);
});
