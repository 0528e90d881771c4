import { Signals, SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { eventLoopBlocked, eventLoopWatch } from './index.ts';

/** A simulated clock whose timers fire when the test says so, however late that is. */
function lateClock() {
  const clock = new SimulatedClock();
  let due: (() => void) | undefined;
  let lateByMs = 0;
  const late = Object.assign(clock, {
    monotonicMs: () => SimulatedClock.prototype.monotonicMs.call(clock) + lateByMs,
    schedule(delayMs: number, callback: () => void) {
      due = () => {
        lateByMs += delayMs;
        callback();
      };
      return {
        cancel() {
          due = undefined;
        },
      };
    },
  });
  return {
    clock: late,
    /** The next timer fires so much too late. */
    fire(delayMs: number) {
      lateByMs += delayMs;
      due?.();
    },
    pass(ms: number) {
      lateByMs += ms;
    },
    get isWaiting() {
      return due !== undefined;
    },
  };
}

test('without a thread stalls are still counted, and told when they are over', () => {
  const time = lateClock();
  const signals = new Signals({ clock: time.clock });
  const told: unknown[] = [];
  signals.on(eventLoopBlocked, ({ data }) => told.push(data));
  const watch = eventLoopWatch({ clock: time.clock, signals, thread: false });
  for (const delayMs of [0, 19, 20, 249]) time.fire(delayMs);
  expect(watch.figures()).toEqual({ lateFrames: 13, longestDelaysMs: [249, 0, 0] });
  expect(told).toEqual([]);
  time.fire(250);
  expect(told).toEqual([{ blockedMs: 250, lines: 0 }]);
  expect(watch.isWatched).toBe(false);
});

test('what a listener takes to hear of a stall counts as a delay of its own', () => {
  const time = lateClock();
  const signals = new Signals({ clock: time.clock });
  const watch = eventLoopWatch({ clock: time.clock, signals, thread: false });
  signals.on(eventLoopBlocked, () => time.pass(100));
  time.fire(300);
  time.fire(0);
  expect(watch.figures().lateFrames).toBe(15 + 4);
});

test('who asks right after a stall, before the loop has beaten again, is told of it, and it counts once', () => {
  const time = lateClock();
  const signals = new Signals({ clock: time.clock });
  const told: unknown[] = [];
  const watch = eventLoopWatch({ clock: time.clock, signals, thread: false });
  signals.on(eventLoopBlocked, ({ data }) => told.push([data.blockedMs, watch.figures().lateFrames]));
  time.pass(10 + 400);
  expect(watch.figures()).toEqual({ lateFrames: 20, longestDelaysMs: [400, 0, 0] });
  time.fire(0);
  time.fire(0);
  expect(watch.figures()).toEqual({ lateFrames: 20, longestDelaysMs: [400, 0, 0] });
  expect(told).toEqual([[400, 20]]);
  watch.close();
  time.pass(10_000);
  expect(watch.figures().lateFrames).toBe(0);
});

test('closing by who hears of a stall leaves no timer', () => {
  const time = lateClock();
  const signals = new Signals({ clock: time.clock });
  const watch = eventLoopWatch({ clock: time.clock, signals, thread: false });
  signals.on(eventLoopBlocked, () => watch.close());
  time.fire(300);
  expect(time.isWaiting).toBe(false);
});

test('closing leaves no timer, also when repeated', () => {
  const time = lateClock();
  const watch = eventLoopWatch({ clock: time.clock, thread: false });
  expect(time.isWaiting).toBe(true);
  watch.close();
  watch[Symbol.dispose]();
  expect(time.isWaiting).toBe(false);
});

test.each([{ frameMs: 0 }, { blockedMs: 39 }, { fd: -1 }, { fd: 1.5 }])('refuses %j', (options) => {
  expect(() => eventLoopWatch({ ...options, thread: false })).toThrow(/of the eventLoopWatch must be/);
});
