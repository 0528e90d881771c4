import type { Clock, ScheduleOptions, SleepOptions, Timer } from './clock.ts';
import { sleepOn } from './sleep.ts';
import { checkDelay, createTimers } from './timers.ts';

/**
 * Time that passes only when told to. Between two timers all pending promise reactions run, so that code under
 * test sees the same order of events in every run.
 */
export class SimulatedClock implements Clock {
  #nowMs = 0;
  readonly #startWallMs: number;
  readonly #timers = createTimers();

  /** `startWallMs` is the wall time at monotonic time 0. Default 2026-01-01T00:00:00Z. */
  constructor(startWallMs: number = Date.UTC(2026, 0, 1)) {
    this.#startWallMs = startWallMs;
  }

  /** How many timers wait: a test that ends with more than it expects has found a leak. */
  get waitingTimers(): number {
    return this.#timers.size();
  }

  wallMs(): number {
    return this.#startWallMs + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  sleep(delayMs: number, options?: SleepOptions): Promise<void> {
    return sleepOn(this, delayMs, options);
  }

  schedule(delayMs: number, callback: () => void, _options?: ScheduleOptions): Timer {
    return this.#timers.add(delayMs, this.#nowMs, callback, undefined);
  }

  deadline<Data>(delayMs: number, nowMs: number, callback: (data: Data) => void, data: Data): Timer {
    return this.#timers.add(delayMs, nowMs, callback, data);
  }

  /** Lets `durationMs` pass: fires what falls due, in order, settling promises in between. */
  async advance(durationMs: number): Promise<void> {
    checkDelay(durationMs);
    const endMs = this.#nowMs + durationMs;
    for (;;) {
      await settle();
      const next = this.#timers.nextMs();
      this.#nowMs = Math.max(this.#nowMs, Math.min(next, endMs));
      if (next > endMs) return;
      this.#timers.advance(this.#nowMs);
    }
  }

  /**
   * Lets time pass, as much as is needed, until `promise` settles, and answers its result. Rejects with a
   * RangeError when no timer is left that could settle it, or after `limitMs` (default one day).
   */
  async run<T>(promise: Promise<T>, limitMs = 86_400_000): Promise<T> {
    let settled = false;
    const done = () => {
      settled = true;
    };
    promise.then(done, done);
    const endMs = this.#nowMs + limitMs;
    await settle();
    while (!settled) {
      const next = this.#timers.nextMs();
      if (!(next <= endMs)) {
        throw new RangeError(
          `the promise did not settle: ${this.waitingTimers ? `${limitMs} ms passed` : 'no timer waits'}`,
        );
      }
      await this.advance(Math.max(next - this.#nowMs, 0));
    }
    return promise;
  }
}

/** Resolves when all promise reactions that are pending now, and those they lead to, have run. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(0);
  });
}
