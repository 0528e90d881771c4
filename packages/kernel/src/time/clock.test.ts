import { describe, expect, test } from 'vitest';
import { SimulatedClock } from './simulated-clock.ts';
import { systemClock } from './system-clock.ts';

describe.each([
  ['system clock', () => ({ clock: systemClock, pass: passForReal })],
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

  test('coarse time is late by the lag at most, as long as the loop turns, and never early', async () => {
    const { clock, pass } = create();
    for (let i = 0; i < 50; i++) {
      const coarseMs = clock.coarseMs();
      expect(coarseMs).toBeLessThanOrEqual(clock.monotonicMs());
      await pass(clock.lagMs * 2);
      expect(clock.coarseMs()).toBeGreaterThanOrEqual(coarseMs + clock.lagMs);
    }
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

  test('a timer is never early, fires after what was begun with it, and cancelling it late or twice is harmless', async () => {
    const { clock, pass } = create();
    const earlyMs: number[] = [];
    const timers = Array.from({ length: 60 }, (_, index) => {
      const dueMs = clock.monotonicMs() + index / 7;
      return clock.schedule(index / 7, () => earlyMs.push(dueMs - clock.monotonicMs()));
    });
    expect(earlyMs).toEqual([]);
    await pass(40);
    expect(earlyMs).toHaveLength(60);
    expect(Math.max(...earlyMs)).toBeLessThanOrEqual(0);
    for (const timer of [...timers, ...timers]) timer.cancel();
  });

  test('a timer may cancel one that is due after it, and set a new one', async () => {
    const { clock, pass } = create();
    const fired: string[] = [];
    clock.schedule(5, () => {
      fired.push('first');
      last.cancel();
      clock.schedule(0, () => fired.push('new'));
    });
    clock.schedule(25, () => fired.push('second'));
    const last = clock.schedule(25, () => fired.push('never'));
    await pass(60);
    expect(fired).toEqual(['first', 'new', 'second']);
  });

  test('the trap of setTimeout: a wait of more than 2,147,483,647 ms does not end at once', async () => {
    const { clock, pass } = create();
    let fired = 0;
    const timers = [2 ** 31, 1e300].map((delayMs) => clock.schedule(delayMs, () => fired++));
    await pass(20);
    expect(fired).toBe(0);
    for (const timer of timers) timer.cancel();
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY, '5' as never])('refuses a delay of %s', (delayMs) => {
    const { clock } = create();
    const refusal = `delayMs must be a number from 0 to ${Number.MAX_VALUE}; got ${delayMs}`;
    expect(() => clock.schedule(delayMs, () => undefined)).toThrow(refusal);
  });
});

/** After a halt of the machine all that is due fires at once; what that begins, and what was early, comes a little later. */
async function passForReal(durationMs: number): Promise<void> {
  await systemClock.sleep(durationMs);
  await systemClock.sleep(3);
}
