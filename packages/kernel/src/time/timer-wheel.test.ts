import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TimerWheel } from './timer-wheel.ts';

describe('timer wheel', () => {
  test('fires in the order of the deadlines, equal ones in the order of their arrival, never early', () => {
    const delays = fc.array(fc.double({ min: 0, max: 3e6, noNaN: true }), { maxLength: 60 });
    const steps = fc.array(fc.double({ min: 0.1, max: 5e5, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        delays,
        steps,
        (originMs, delayMs, stepMs) => {
          const wheel = new TimerWheel(originMs);
          const fired: { dueMs: number; order: number }[] = [];
          let nowMs = originMs;
          delayMs.forEach((delay, order) => {
            const dueMs = originMs + delay;
            wheel.add(dueMs, () => {
              expect(dueMs).toBeLessThanOrEqual(nowMs);
              fired.push({ dueMs, order });
            });
          });
          for (const step of [...stepMs, 4e6]) {
            nowMs += step;
            wheel.advance(nowMs);
          }
          expect(wheel.size).toBe(0);
          expect(fired).toEqual([...fired].sort((a, b) => a.dueMs - b.dueMs || a.order - b.order));
          expect(fired).toHaveLength(delayMs.length);
        },
      ),
    );
  });

  test('a deadline is at most one tick late when the owner advances tick by tick', () => {
    const wheel = new TimerWheel(0);
    const lateMs: number[] = [];
    for (let i = 0; i < 500; i++) {
      const dueMs = i * 7.3;
      wheel.add(dueMs, () => lateMs.push(now - dueMs));
    }
    let now = 0;
    for (; now < 4000; now++) wheel.advance(now);
    expect(lateMs).toHaveLength(500);
    expect(Math.max(...lateMs)).toBeLessThanOrEqual(1);
  });

  test('nextMs never lies after the next deadline, and following it visits every deadline', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 36 }), { minLength: 1, maxLength: 20 }), (dues) => {
        const wheel = new TimerWheel(0);
        const fired: number[] = [];
        for (const due of dues) wheel.add(due, () => fired.push(due));
        for (let hops = 0; wheel.size > 0; hops++) {
          expect(hops).toBeLessThan(20 * dues.length + 40);
          const next = wheel.nextMs();
          expect(next).toBeLessThanOrEqual(Math.min(...dues.filter((due) => !fired.includes(due))));
          wheel.advance(next);
        }
        expect(fired).toHaveLength(dues.length);
        expect(wheel.nextMs()).toBe(Number.POSITIVE_INFINITY);
      }),
    );
  });

  test('a cancelled timer never fires, and cancelling twice is harmless', () => {
    const wheel = new TimerWheel(0);
    let fired = 0;
    const early = wheel.add(5, () => fired++);
    const late = wheel.add(5000, () => fired++);
    wheel.add(6, () => late.cancel());
    early.cancel();
    early.cancel();
    wheel.advance(10_000);
    expect(fired).toBe(0);
    expect(wheel.size).toBe(0);
    expect(early.waiting).toBe(false);
  });

  test('a timer that reschedules itself without delay does not hang advance', () => {
    const wheel = new TimerWheel(0);
    let runs = 0;
    const again = () => {
      runs++;
      wheel.add(0, again);
    };
    wheel.add(0, again);
    wheel.advance(3);
    expect(runs).toBe(1);
    wheel.advance(4);
    expect(runs).toBe(2);
  });

  test('a callback may add a timer that is due within the same advance', () => {
    const wheel = new TimerWheel(0);
    const fired: string[] = [];
    wheel.add(10, () => {
      fired.push('first');
      wheel.add(20, () => fired.push('second'));
    });
    wheel.advance(25);
    expect(fired).toEqual(['first', 'second']);
  });
});
