import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTimers, NEVER_MS, type Timers } from './timers.ts';

const addAt = (timers: Timers, dueMs: number, callback: () => unknown) =>
  timers.add(dueMs, 0, callback, undefined);

describe('timers', () => {
  test('fires in the order of the deadlines, equal ones in the order of their arrival, never early', () => {
    const delay = fc.oneof(
      fc.double({ min: 0, max: 3e6, noNaN: true }),
      fc.constantFrom(0, 1, 61, 1000, 2000),
    );
    const delays = fc.array(delay, { maxLength: 60 });
    const steps = fc.array(fc.double({ min: 0.1, max: 5e5, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        delays,
        steps,
        (originMs, delayMs, stepMs) => {
          const timers = createTimers();
          const fired: { dueMs: number; order: number }[] = [];
          let nowMs = originMs;
          delayMs.forEach((delay, order) => {
            const dueMs = originMs + delay;
            const fire = (given: number) => {
              expect(given).toBeLessThanOrEqual(nowMs);
              fired.push({ dueMs: given, order });
            };
            timers.add(delay, originMs, fire, dueMs);
          });
          for (const step of [...stepMs, 4e6]) {
            nowMs += step;
            timers.advance(nowMs);
          }
          expect(timers.size()).toBe(0);
          expect(fired).toEqual([...fired].sort((a, b) => a.dueMs - b.dueMs || a.order - b.order));
          expect(fired).toHaveLength(delayMs.length);
        },
      ),
    );
  });

  test('a timer is at most as late as its owner', () => {
    const timers = createTimers();
    const lateMs: number[] = [];
    for (let i = 0; i < 500; i++) {
      const dueMs = i * 7.3;
      addAt(timers, dueMs, () => lateMs.push(now - dueMs));
    }
    let now = 0;
    for (; now < 4000; now++) timers.advance(now);
    expect(lateMs).toHaveLength(500);
    expect(Math.max(...lateMs)).toBeLessThanOrEqual(1);
  });

  test('nextMs is when the next timer is due, and following it visits every one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 36 }), { minLength: 1, maxLength: 20 }), (dues) => {
        const timers = createTimers();
        const fired: number[] = [];
        for (const due of dues) addAt(timers, due, () => fired.push(due));
        while (timers.size() > 0) {
          const next = timers.nextMs();
          expect(next).toBe(Math.min(...dues.filter((due) => !fired.includes(due))));
          timers.advance(next);
        }
        expect(fired).toEqual(dues.toSorted((a, b) => a - b));
        expect(timers.nextMs()).toBe(NEVER_MS);
      }),
    );
  });

  test('a cancelled timer never fires, and cancelling twice is harmless', () => {
    const timers = createTimers();
    let fired = 0;
    const early = addAt(timers, 5, () => fired++);
    const late = addAt(timers, 5000, () => fired++);
    addAt(timers, 6, () => late.cancel());
    early.cancel();
    early.cancel();
    timers.advance(10_000);
    expect(fired).toBe(0);
    expect(timers.size()).toBe(0);
    expect(timers.nextMs()).toBe(NEVER_MS);
  });

  test('a timer that reschedules itself without delay does not hang advance', () => {
    const timers = createTimers();
    let runs = 0;
    const again = () => {
      runs++;
      addAt(timers, 0, again);
    };
    addAt(timers, 0, again);
    timers.advance(3);
    expect(runs).toBe(1);
    timers.advance(4);
    expect(runs).toBe(2);
  });

  test('what a callback adds waits for the next advance, though it is due, and delays nobody else', () => {
    const timers = createTimers();
    const fired: string[] = [];
    addAt(timers, 10, () => {
      fired.push('first');
      addAt(timers, 20, () => fired.push('second'));
    });
    addAt(timers, 15, () => fired.push('other'));
    timers.advance(25);
    expect(fired).toEqual(['first', 'other']);
    timers.advance(25);
    expect(fired).toEqual(['first', 'other', 'second']);
  });

  test('onHold hears whether any timer that holds is there', () => {
    const heard: boolean[] = [];
    const timers = createTimers((held) => heard.push(held));
    const hold = (delayMs: number) => timers.add(delayMs, 0, () => undefined, undefined, true);
    addAt(timers, 1, () => undefined).cancel();
    const first = hold(5);
    hold(7);
    first.cancel();
    first.cancel();
    timers.advance(7);
    expect(heard).toEqual([true, true, true, false]);
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])('refuses a delay of %d', (delayMs) => {
    const timers = createTimers();
    const add = () => timers.add(delayMs, 0, () => undefined, undefined);
    expect(add).toThrow(new RangeError(`a delay must be a number of ms, 0 or more; got ${delayMs}`));
    expect(timers.size()).toBe(0);
  });
});

test('timers are what a sorted list of them would be, whatever is added, cancelled and passed', () => {
  const delay = fc.oneof(fc.constantFrom(0, 5, 61, 66, 100), fc.double({ min: 0, max: 200, noNaN: true }));
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ delay, readAgoMs: fc.constantFrom(0, 0, 0, 1, 7) }) },
    { weight: 3, arbitrary: fc.record({ cancel: fc.nat(1000) }) },
    { weight: 2, arbitrary: fc.record({ passMs: fc.double({ min: 0, max: 40, noNaN: true }) }) },
  );
  interface Model {
    dueMs: number;
    order: number;
    cancel(): void;
  }
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), (steps) => {
      const timers = createTimers();
      let waiting: Model[] = [];
      let nowMs = 0;
      let order = 0;
      const fired: number[] = [];
      for (const each of steps) {
        if ('delay' in each) {
          const readMs = Math.max(nowMs - each.readAgoMs, 0);
          const timer = timers.add(each.delay, readMs, (own: number) => fired.push(own), order);
          waiting.push({ dueMs: readMs + each.delay, order: order++, cancel: () => timer.cancel() });
        } else if ('cancel' in each) {
          const [gone] = waiting.splice(each.cancel % Math.max(waiting.length, 1), 1);
          gone?.cancel();
        } else {
          nowMs += each.passMs;
          const due = waiting.filter(({ dueMs }) => dueMs <= nowMs);
          waiting = waiting.filter((one) => !due.includes(one));
          timers.advance(nowMs);
          const expected = due.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
          expect(fired.splice(0)).toEqual(expected.map((one) => one.order));
        }
        expect(timers.size()).toBe(waiting.length);
        if (order % 8 === 0)
          expect(timers.nextMs()).toBe(Math.min(NEVER_MS, ...waiting.map(({ dueMs }) => dueMs)));
      }
    }),
    { numRuns: 200, seed: 7 },
  );
});
