import { FOREVER } from '../options/index.ts';
import type { Clock, Timer } from '../time/index.ts';
import type { Call, Refusal } from './pipeline/index.ts';

/** How a call waits. */
export interface WaitOptions<Reason> {
  readonly clock: Clock;
  /** The clock's monotonic time now. */
  readonly sinceMs: number;
  /** How long it waits at most; it waits no longer than until the deadline of its run either. */
  readonly maxWaitMs: number;
  /** How much it takes when it is admitted. */
  readonly cost: number;
  /** What it is refused with. `max-wait`: it has waited for as long as it may. */
  readonly refuse: (reason: Reason | 'max-wait') => Refusal;
  /** Admits who can go now: called when somebody has gone by itself, or may wait no longer. */
  readonly serve: () => void;
}

/** A call that waits. */
export interface Waiter {
  readonly priority: number;
  readonly cost: number;
  readonly sinceMs: number;
  /** Who goes next. Undefined once it has left the line. */
  readonly next: Waiter | undefined;
}

/**
 * Calls that wait at a policy, the greater priority first, equal ones in the order of their arrival.
 *
 * A call that is stopped leaves at once. To leave is O(1); to join is O(calls of lesser priority). Timers are there
 * for calls that may not wait for ever, and for no others.
 */
export class WaitLine<Reason = never> {
  size = 0;
  /** The sum of the costs of all that wait. */
  cost = 0;
  /** Before the first and after the last. */
  readonly #ends = { priority: FOREVER } as Linked<Reason>;

  constructor() {
    this.#ends.previous = this.#ends.next = this.#ends;
  }

  get first(): Waiter | undefined {
    return this.size ? this.#ends.next : undefined;
  }

  get last(): Waiter | undefined {
    return this.size ? this.#ends.previous : undefined;
  }

  /** For a layer's `enter`: answer what it answers. */
  join(call: Call, level: number, options: WaitOptions<Reason>): Promise<unknown> {
    const { clock, sinceMs, maxWaitMs, serve } = options;
    const { priority = 0, deadlineMs = FOREVER } = call.options;
    return call.hold(level, (end) => {
      let { previous } = this.#ends;
      while (previous.priority < priority) previous = previous.previous;
      const waiter = { ...options, priority, end, previous, next: previous.next } as Linked<Reason>;
      previous.next = waiter.next.previous = waiter;
      this.size++;
      this.cost += waiter.cost;
      const waitMs = Math.min(maxWaitMs, Math.max(deadlineMs - sinceMs, 0));
      if (waitMs < FOREVER) {
        waiter.timer = clock.deadline(waitMs, sinceMs, this.#onLate, waiter);
      }
      return () => {
        if (this.#remove(waiter)) serve();
      };
    });
  }

  admit(waiter: Waiter): void {
    if (this.#remove(waiter as Linked<Reason>)) (waiter as Linked<Reason>).end();
  }

  refuse(waiter: Waiter, reason: Reason | 'max-wait'): void {
    const { end, refuse } = waiter as Linked<Reason>;
    if (this.#remove(waiter as Linked<Reason>)) end(refuse(reason));
  }

  readonly #onLate = (waiter: Linked<Reason>): void => {
    // It may be due by now.
    waiter.serve();
    this.refuse(waiter, 'max-wait');
    waiter.serve();
  };

  /** Answers whether it was there. */
  #remove(waiter: Linked<Reason>): boolean {
    const { previous, next } = waiter;
    if (!next) return false;
    previous.next = next;
    next.previous = previous;
    waiter.next = undefined as never;
    waiter.timer?.cancel();
    this.cost = --this.size && this.cost - waiter.cost;
    return true;
  }
}

interface Linked<Reason> extends Waiter, WaitOptions<Reason> {
  readonly cost: number;
  readonly sinceMs: number;
  previous: Linked<Reason>;
  next: Linked<Reason>;
  timer: Timer | undefined;
  end(refusal?: Refusal): void;
}
