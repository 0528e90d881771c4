import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from './simulated-clock.ts';

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

  test('run says so when nothing can settle the promise, also when what waited was cancelled', async () => {
    const clock = new SimulatedClock();
    clock.schedule(5, () => undefined).cancel();
    await expect(clock.run(new Promise(() => undefined))).rejects.toThrow(/no timer waits/);
    expect(clock.monotonicMs()).toBe(0);
  });

  test('run gives up before it passes its limit', async () => {
    const clock = new SimulatedClock();
    await expect(clock.run(clock.sleep(101), 100)).rejects.toThrow(
      'the promise did not settle: 100 ms passed',
    );
    expect(clock.monotonicMs()).toBe(0);
  });

  test('refuses to go back', async () => {
    await expect(new SimulatedClock().advance(-1)).rejects.toThrow('delayMs must be a number from 0');
  });

  test('a hundred thousand timers at random times are quick to add, cancel and fire', async () => {
    const clock = new SimulatedClock();
    let fired = 0;
    const timers = Array.from({ length: 100_000 }, (_, index) =>
      clock.schedule((index * 7919) % 100, () => fired++),
    );
    for (let index = 0; index < timers.length; index += 2) timers[index]?.cancel();
    expect(clock.waitingTimers).toBe(50_000);
    await clock.advance(100);
    expect([fired, clock.waitingTimers]).toEqual([50_000, 0]);
  });
});

test('timers are what a sorted list of them would be, whatever is added, cancelled and passed', async () => {
  const delay = fc.oneof(fc.constantFrom(0, 5, 61, 66, 100), fc.double({ min: 0, max: 200, noNaN: true }));
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ delay }) },
    { weight: 3, arbitrary: fc.record({ cancel: fc.nat(1000) }) },
    { weight: 1, arbitrary: fc.record({ passMs: fc.double({ min: 0, max: 40, noNaN: true }) }) },
  );
  interface Model {
    dueMs: number;
    order: number;
    cancel(): void;
  }
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 100, size: 'max' }), async (steps) => {
      const clock = new SimulatedClock();
      let waiting: Model[] = [];
      let order = 0;
      const fired: number[] = [];
      for (const each of steps) {
        if ('delay' in each) {
          const dueMs = clock.monotonicMs() + each.delay;
          const own = order++;
          const timer = clock.schedule(each.delay, () => {
            expect(clock.monotonicMs()).toBe(dueMs);
            fired.push(own);
          });
          waiting.push({ dueMs, order: own, cancel: () => timer.cancel() });
        } else if ('cancel' in each) {
          const [gone] = waiting.splice(each.cancel % Math.max(waiting.length, 1), 1);
          gone?.cancel();
        } else {
          const endMs = clock.monotonicMs() + each.passMs;
          const due = waiting.filter(({ dueMs }) => dueMs <= endMs);
          waiting = waiting.filter((one) => !due.includes(one));
          await clock.advance(each.passMs);
          expect(clock.monotonicMs()).toBe(endMs);
          const expected = due.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
          expect(fired.splice(0)).toEqual(expected.map((one) => one.order));
        }
        expect(clock.waitingTimers).toBe(waiting.length);
      }
    }),
    { numRuns: 100, seed: 7 },
  );
});
