import { monitorEventLoopDelay } from 'node:perf_hooks';
import { type Clock, systemClock } from '../time/index.ts';

export interface EventLoopDelayOptions {
  /** How far back a reading looks: one to two windows. Above 0. Default 1000. */
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
 * *longest* delay in this window and the one before it, not their mean: a pause of 200 ms a second is heard by everybody, and
 * is a mean of 40. Throws a RangeError when an option is out of range.
 *
 * Does not hold the process open. Dispose of it when the process goes on without it.
 */
export function eventLoopDelay(options: EventLoopDelayOptions = {}): EventLoopDelay {
  const { windowMs = 1000, resolutionMs = 10, clock = systemClock } = options;
  if (!(windowMs > 0 && windowMs < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`windowMs must be a finite number of milliseconds above 0; got ${windowMs}`);
  }
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  let before = 0;
  // What the host records is the time between two looks, nanoseconds; 0 while it has not looked.
  const longest = () => Math.max(histogram.max / 1e6 - resolutionMs, 0);
  const turn = () => {
    before = histogram.count > 0 ? longest() : 0;
    histogram.reset();
    timer = clock.schedule(windowMs, turn, { keepAlive: false });
  };
  let timer = clock.schedule(windowMs, turn, { keepAlive: false });
  return Object.assign(() => Math.max(before, longest()), {
    [Symbol.dispose]() {
      timer.cancel();
      histogram.disable();
    },
  });
}
