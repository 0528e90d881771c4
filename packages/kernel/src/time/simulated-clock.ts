import { checkDelay } from './check-delay.ts';
import type { Clock, SleepOptions, Timer } from './clock.ts';
import { sleepOn } from './sleep.ts';
import { runOutside } from './system-clock.ts';

/**
 * Time that passes only when told to. Timers fire in the order of their due times, equal ones in the order of their
 * arrival; between two times all pending promise reactions run, so that code under test sees the same order of events
 * in every run.
 */
export class SimulatedClock implements Clock {
  #nowMs = 0;
  readonly #startWallMs: number;
  #arrived = 0;
  /** The heap also keeps cancelled timers, until their time comes. */
  #heap: Waiting | undefined;
  readonly #waiting = new Set<Waiting>();

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

  sleep(delayMs: number, options?: SleepOptions): Promise<void> {
    return sleepOn(this, delayMs, options);
  }

  schedule(delayMs: number, callback: () => void): Timer {
    checkDelay(delayMs);
    const timer: Waiting = { dueMs: this.#nowMs + delayMs, order: this.#arrived++, rank: 1, callback };
    this.#waiting.add(timer);
    this.#heap = meld(this.#heap, timer);
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
    for (;;) {
      await settle();
      if (settled) return promise;
      if (!this.#fireNext(endMs)) {
        throw new RangeError(
          `the promise did not settle: ${this.waitingTimers ? `${limitMs} ms passed` : 'no timer waits'}`,
        );
      }
    }
  }

  /** Lets time pass until the next timers are due, unless that is after `endMs`, and fires them. Answers whether. */
  #fireNext(endMs: number): boolean {
    while (this.#heap && !this.#waiting.has(this.#heap)) this.#heap = meld(this.#heap.left, this.#heap.right);
    if (!this.#heap || this.#heap.dueMs > endMs) return false;
    this.#nowMs = Math.max(this.#nowMs, this.#heap.dueMs);
    runOutside(() => {
      for (let timer = this.#heap; timer && timer.dueMs <= this.#nowMs; timer = this.#heap) {
        this.#heap = meld(timer.left, timer.right);
        const due = timer;
        // One that throws stops nobody; one that is fired before may cancel it.
        queueMicrotask(() => void (this.#waiting.delete(due) && due.callback()));
      }
    });
    return true;
  }
}

interface Waiting {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
  left?: Waiting | undefined;
  right?: Waiting | undefined;
  /** How many timers follow each other to the right. */
  rank: number;
}

/**
 * Makes one heap of two: a leftist tree, in which the way to the right is the shortest, O(log timers). Crane, "Linear
 * lists and priority queues as balanced binary trees", 1972.
 */
function meld(one: Waiting | undefined, other: Waiting | undefined): Waiting | undefined {
  if (!one || !other) return one ?? other;
  if ((other.dueMs - one.dueMs || other.order - one.order) < 0) return meld(other, one);
  one.right = meld(one.right, other);
  if (rankOf(one.left) < rankOf(one.right)) [one.left, one.right] = [one.right, one.left];
  one.rank = rankOf(one.right) + 1;
  return one;
}

function rankOf(timer: Waiting | undefined): number {
  return timer ? timer.rank : 0;
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
