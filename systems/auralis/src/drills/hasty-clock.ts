import {
  type Clock,
  type ScheduleOptions,
  type SleepOptions,
  systemClock,
  type Timer,
} from '@sustain/kernel';

/**
 * The system's time, which can be made to run faster. What is awaited by `sleep` comes sooner then; what is scheduled,
 * as deadlines are, does not: those who are awaited do not work faster.
 */
export class HastyClock implements Clock {
  readonly lagMs = systemClock.lagMs;
  #speed = 1;
  #sinceMs = 0;
  #gainedMs = 0;

  /** From now on an hour is that many hours; 1 for as fast as others' time. What it is ahead by it stays ahead. */
  runAt(speed: number): void {
    this.#gainedMs = this.#gained();
    this.#sinceMs = systemClock.monotonicMs();
    this.#speed = speed;
  }

  wallMs(): number {
    return systemClock.wallMs() + this.#gained();
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#gained();
  }

  coarseMs(): number {
    return this.monotonicMs();
  }

  async sleep(delayMs: number, options?: SleepOptions): Promise<void> {
    const dueMs = this.monotonicMs() + delayMs;
    let leftMs = delayMs;
    do {
      await systemClock.sleep(Math.min(leftMs / this.#speed, MOST_ASLEEP_MS), options);
      leftMs = dueMs - this.monotonicMs();
    } while (leftMs > 0);
  }

  schedule(delayMs: number, callback: () => void, options?: ScheduleOptions): Timer {
    return systemClock.schedule(delayMs, callback, options);
  }

  #gained(): number {
    return this.#gainedMs + (this.#speed - 1) * (systemClock.monotonicMs() - this.#sinceMs);
  }
}

/** Who sleeps when time begins to run notices it soon. */
const MOST_ASLEEP_MS = 20;
