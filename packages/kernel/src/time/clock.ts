/**
 * The only way to time. Elapsed time is monotonic; stored time is wall time.
 *
 * Everything in Sustain takes a Clock, so that a test or a drill can replay exactly on simulated time.
 */
export interface Clock {
  /** Unix time in milliseconds. May jump in both directions: for records, never for durations. */
  wallMs(): number;
  /** Milliseconds since an arbitrary origin, with fractions. Never goes back: for durations and deadlines. */
  monotonicMs(): number;
  /**
   * `monotonicMs` as it was up to `lagMs` ago; longer, if the event loop was held up since. For hot paths: reading the
   * time costs a call through policies more than all the rest.
   */
  coarseMs(): number;
  /** 0 where reading the time costs nothing. */
  readonly lagMs: number;
  /**
   * Resolves after `delayMs` (0 or more; fractions allowed). With an aborted or aborting `signal` it rejects at
   * once with the signal's reason and leaves no listener and no timer behind.
   */
  sleep(delayMs: number, options?: SleepOptions): Promise<void>;
  /**
   * Calls `callback` once after `delayMs` (0 or more; fractions allowed), never synchronously, never early, and outside
   * of any operation. A callback that throws does not stop other timers; its error is uncaught. Throws a RangeError or
   * TypeError when the delay cannot be waited for.
   */
  schedule(delayMs: number, callback: () => void, options?: ScheduleOptions): Timer;
}

export interface SleepOptions extends ScheduleOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface ScheduleOptions {
  /** Whether the timer holds the process open. Default true. */
  readonly keepAlive?: boolean;
}

/** A scheduled callback. */
export interface Timer {
  /** Forgets the callback. Harmless when it has run or was cancelled before. O(1). */
  cancel(): void;
}
