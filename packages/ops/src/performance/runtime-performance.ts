import { PerformanceObserver, performance } from 'node:perf_hooks';
import { type Clock, systemClock } from '@sustain/kernel';
import { eventLoopDelay } from '@sustain/kernel/node';
import { checkOptions, POSITIVE } from '@sustain/kernel/options';

export interface RuntimePerformanceOptions {
  /** What the readings are of: the last window that is over, the longest of two. Milliseconds, above 0. Default 1000. */
  readonly windowMs?: number;
  readonly clock?: Clock;
}

/** How this thread is doing. */
export interface RuntimeFigures {
  /** The longest that the event loop was late. Milliseconds. */
  readonly eventLoopDelayMaxMs: number;
  /**
   * The share of the last window in which the event loop was busy, 0..1. Tells of load and not of stalls: one of 150 ms
   * each second is 0.15.
   */
  readonly eventLoopUtilization: number;
  readonly gc: {
    /** Since the start of the watch. */
    readonly pauses: number;
    /** All of them together, since the start of the watch. Milliseconds. */
    readonly pauseMs: number;
    /** The longest of the window that runs and the one before it. Milliseconds. */
    readonly longestPauseMs: number;
  };
}

/** Reads; dispose of it when the process goes on without it. */
export interface RuntimePerformance extends Disposable {
  (): RuntimeFigures;
}

/**
 * Watches event loop and garbage collection of this thread. However many read, they read the same: windows are made by
 * time and not by readings. Does not hold the process open. Throws a RangeError or TypeError when an option is out of range.
 */
export function runtimePerformance(options: RuntimePerformanceOptions = {}): RuntimePerformance {
  const { windowMs = 1000, clock = systemClock } = options;
  checkOptions('runtimePerformance', { windowMs: [windowMs, POSITIVE] });
  const delay = eventLoopDelay({ windowMs, clock });
  const gc = { pauses: 0, pauseMs: 0, longestMs: 0, longestBeforeMs: 0 };
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      gc.pauses++;
      gc.pauseMs += duration;
      gc.longestMs = Math.max(gc.longestMs, duration);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  let busy = performance.eventLoopUtilization();
  let utilization = 0;
  const turn = () => {
    // Without the reading before it would be of the whole life of the process.
    utilization = performance.eventLoopUtilization(busy).utilization;
    busy = performance.eventLoopUtilization();
    gc.longestBeforeMs = gc.longestMs;
    gc.longestMs = 0;
    timer = clock.schedule(windowMs, turn, { keepAlive: false });
  };
  let timer = clock.schedule(windowMs, turn, { keepAlive: false });
  const read = (): RuntimeFigures => ({
    eventLoopDelayMaxMs: delay(),
    eventLoopUtilization: utilization,
    gc: {
      pauses: gc.pauses,
      pauseMs: gc.pauseMs,
      longestPauseMs: Math.max(gc.longestMs, gc.longestBeforeMs),
    },
  });
  return Object.assign(read, {
    [Symbol.dispose]() {
      timer.cancel();
      observer.disconnect();
      delay[Symbol.dispose]();
    },
  });
}
