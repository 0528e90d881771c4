import { monitorEventLoopDelay } from 'node:perf_hooks';
import { COUNT, checkOption, POSITIVE } from '../options/index.ts';
import { type Clock, systemClock } from '../time/index.ts';

export interface EventLoopDelayOptions {
  /** How far back a reading looks: one to three windows, one more after a delay longer than that. Above 0. Default 1000. */
  readonly windowMs?: number;
  /** How often the host looks: shorter delays than this are partly missed. A whole number, 1 or more. Default 10. */
  readonly resolutionMs?: number;
  readonly clock?: Clock;
}

/** The longest delay of late, in milliseconds. */
export interface EventLoopDelay extends Disposable {
  (): number;
}

/**
 * Measures how late the event loop of this thread is: `shed({ delay: eventLoopDelay(), … })`. Each reading is the
 * *longest* delay of late, not their mean: a pause of 200 ms a second is heard by everybody, and
 * is a mean of 40. Throws a RangeError when an option is out of range.
 *
 * Does not hold the process open. Dispose of it when the process goes on without it.
 */
export function eventLoopDelay(options: EventLoopDelayOptions = {}): EventLoopDelay {
  const { windowMs = 1000, resolutionMs = 10, clock = systemClock } = options;
  checkOption('windowMs of eventLoopDelay', windowMs, POSITIVE);
  checkOption('resolutionMs of eventLoopDelay', resolutionMs, COUNT);
  // A histogram that is reset forgets a delay that has begun by then: the other one sees it.
  let [older, newer] = [0, 0].map(() => monitorEventLoopDelay({ resolution: resolutionMs })) as [Look, Look];
  for (const look of [older, newer]) look.enable();
  let before = 0;
  // What the host records is the time between two looks, in nanoseconds.
  const longest = () => Math.max(Math.max(older.max, newer.max) / 1e6 - resolutionMs, 0);
  const turn = () => {
    // Reset just before a delay, and not looked since, it does not see that one: the older does.
    if (newer.count) {
      before = longest();
      older.reset();
      [older, newer] = [newer, older];
    }
    timer = clock.schedule(windowMs, turn, { keepAlive: false });
  };
  let timer = clock.schedule(windowMs, turn, { keepAlive: false });
  return Object.assign(() => Math.max(before, longest()), {
    [Symbol.dispose]() {
      timer.cancel();
      for (const look of [older, newer]) look.disable();
    },
  });
}

type Look = ReturnType<typeof monitorEventLoopDelay>;
