import { describe, expect, test } from 'vitest';
import { SimulatedClock } from './simulated-clock.ts';
import { systemClock } from './system-clock.ts';

describe.each([
  ['system clock', () => ({ clock: systemClock, pass: (ms: number) => systemClock.sleep(ms) })],
  [
    'simulated clock',
    () => {
      const clock = new SimulatedClock();
      return { clock, pass: (ms: number) => clock.advance(ms) };
    },
  ],
])('%s', (_name, create) => {
  test('sleeps for no less than it was asked', async () => {
    const { clock, pass } = create();
    const startMs = clock.monotonicMs();
    const asleep = clock.sleep(12.5).then(() => clock.monotonicMs() - startMs);
    await pass(30);
    expect(await asleep).toBeGreaterThanOrEqual(12.5);
  });

  test('an abort ends a sleep at once, with its reason', async () => {
    const { clock } = create();
    const controller = new AbortController();
    const asleep = clock.sleep(1e9, { signal: controller.signal });
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(asleep).rejects.toBe(reason);
    await expect(clock.sleep(1, { signal: controller.signal })).rejects.toBe(reason);
  });

  test('timers fire in the order of their delays and a cancelled one never', async () => {
    const { clock, pass } = create();
    const fired: number[] = [];
    for (const delayMs of [40, 2, 20]) clock.schedule(delayMs, () => fired.push(delayMs));
    clock.schedule(4, () => fired.push(4)).cancel();
    await pass(60);
    expect(fired).toEqual([2, 20, 40]);
  });

  test('a deadline counts from the time that is given, and passes its data on', async () => {
    const { clock, pass } = create();
    const fired: unknown[] = [];
    const fire = (data: { atMs: number }) => fired.push([data.atMs, clock.monotonicMs() >= data.atMs]);
    const nowMs = clock.monotonicMs();
    await pass(3);
    clock.deadline(10, nowMs, fire, { atMs: nowMs + 10 });
    clock.deadline(5, nowMs, fire, { atMs: nowMs + 5 });
    clock.deadline(1, nowMs, fire, { atMs: nowMs + 1 });
    clock.deadline(2, nowMs, fire, { atMs: 0 }).cancel();
    expect(fired).toEqual([]);
    await pass(20);
    expect(fired).toEqual([1, 5, 10].map((delayMs) => [nowMs + delayMs, true]));
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('refuses a delay of %d', (delayMs) => {
    const { clock } = create();
    const refusal = /^a delay must be a number of ms, 0 or more; got/;
    expect(() => clock.schedule(delayMs, () => undefined)).toThrow(refusal);
    expect(() => clock.deadline(delayMs, 0, () => undefined, undefined)).toThrow(refusal);
  });
});

describe('simulated clock', () => {
  test('a day of ticks passes in order and exactly, with promises settled in between', async () => {
    const clock = new SimulatedClock(1000);
    const seen: number[] = [];
    const loop = (async () => {
      for (let i = 0; i < 24; i++) {
        await clock.sleep(3_600_000);
        seen.push(clock.monotonicMs());
      }
    })();
    await clock.run(loop);
    expect(seen).toEqual(Array.from({ length: 24 }, (_, hour) => (hour + 1) * 3_600_000));
    expect(clock.wallMs()).toBe(1000 + 86_400_000);
    expect(clock.waitingTimers).toBe(0);
  });

  test('run says so when nothing can settle the promise', async () => {
    const clock = new SimulatedClock();
    await expect(clock.run(new Promise(() => undefined))).rejects.toThrow(/no timer waits/);
  });
});
