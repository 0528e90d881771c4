import { checkDelay } from './check-delay.ts';
import type { Clock, ScheduleOptions, SleepOptions, Timer } from './clock.ts';
import { sleepOn } from './sleep.ts';
import { runOutside } from './system-clock.ts';

/**
 * Time that passes only when told to. Timers fire in the order of their due times, equal ones in the order of their
 * arrival; between two times all pending promise reactions run, so that code under test sees the same order of events
 * in every run.
 */
export class SimulatedClock implements Clock {
  readonly lagMs: number = 0;
  #nowMs = 0;
  readonly #startWallMs: number;
  #arrived = 0;
  readonly #waiting = new Set<Waiting>();
  /** The timer that is due next, above all others. Cancelled ones stay until their time comes. */
  #next: Waiting | undefined;

  /** `startWallMs` is the wall time at monotonic time 0. Default 2026-01-01T00:00:00Z. */
  constructor(startWallMs: number = Date.UTC(2026, 0, 1)) {
    this.#startWallMs = startWallMs;
  }

  /** How many timers wait: a test that ends with more than it expects has found a leak. */
  get waitingTimers(): number {
    return this.#waiting.size;
  }

  wallMs(): number {
    return this.#startWallMs + this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  coarseMs(): number {
    return this.#nowMs;
  }

  sleep(delayMs: number, options?: SleepOptions): Promise<void> {
    return sleepOn(this, delayMs, options);
  }

  schedule(delayMs: number, callback: () => void, _options?: ScheduleOptions): Timer {
    checkDelay(delayMs);
    const timer = { dueMs: this.#nowMs + delayMs, order: this.#arrived++, callback };
    this.#waiting.add(timer);
    this.#next = meld(this.#next, timer);
    return { cancel: () => this.#waiting.delete(timer) };
  }

  /** Lets `durationMs` pass: fires what falls due, in order, settling promises in between. */
  async advance(durationMs: number): Promise<void> {
    checkDelay(durationMs);
    const endMs = this.#nowMs + durationMs;
    do await settle();
    while (this.#fireNext(endMs));
    this.#nowMs = Math.max(this.#nowMs, endMs);
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
    do {
      await settle();
      if (settled) return promise;
    } while (this.#fireNext(endMs));
    const why = this.waitingTimers ? `${limitMs} ms passed` : 'no timer waits';
    throw new RangeError(`the promise did not settle: ${why}`);
  }

  /** Lets time pass until the next timers are due, unless that is after `endMs`, and fires them. Answers whether. */
  #fireNext(endMs: number): boolean {
    let fired = false;
    for (let timer = this.#next; timer && timer.dueMs <= endMs; timer = this.#next) {
      const due = timer;
      this.#next = meld(due.left, due.right);
      if (this.#waiting.has(due)) {
        fired = true;
        endMs = this.#nowMs = Math.max(this.#nowMs, due.dueMs);
        // One that throws stops nobody; one that is fired before may cancel it.
        runOutside(() => queueMicrotask(() => void (this.#waiting.delete(due) && due.callback())));
      }
    }
    return fired;
  }
}

interface Waiting {
  readonly dueMs: number;
  /** Of arrival. */
  readonly order: number;
  readonly callback: () => void;
  /** The next below it, on either side. */
  left?: Waiting | undefined;
  right?: Waiting | undefined;
}

/**
 * Makes one heap of two in O(log timers), amortised: Sleator and Tarjan, "Self-adjusting heaps", SIAM J. Comput. 15(1),
 * 1986.
 */
function meld(one: Waiting | undefined, other: Waiting | undefined): Waiting | undefined {
  if (!one || !other) return one ?? other;
  if ((other.dueMs - one.dueMs || other.order - one.order) < 0) return meld(other, one);
  [one.left, one.right] = [meld(one.right, other), one.left];
  return one;
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
