import type { Timer } from './clock.ts';

/** Many timers under one host timer. Keeps no time itself: its owner says what time it is. */
export interface Timers {
  /** How many timers wait. */
  size(): number;
  /**
   * Calls `callback(data)` when `delayMs` have passed since `nowMs` of the owner's time; what is past by then is due
   * at the next advance. Throws a RangeError unless `delayMs` is finite and 0 or more.
   */
  add<Data>(
    delayMs: number,
    nowMs: number,
    callback: (data: Data) => void,
    data: Data,
    hold?: boolean,
  ): Timer;
  /** When the next timer is due; NEVER_MS when none waits. */
  nextMs(): number;
  /** Fires what is due at `nowMs`, but nothing that these callbacks add. */
  advance(nowMs: number): void;
}

/**
 * A binary heap in which every timer knows its place: `add` and `cancel` are O(log timers), and what was cancelled
 * leaves nothing behind. Timers fire in the order of their due times, equal ones in the order of their arrival, never
 * early.
 *
 * Callbacks may add and cancel freely. One that throws is reported to the host as uncaught and stops nobody.
 *
 * `onHold` hears, whenever a timer with `hold` comes or goes, whether there are any.
 */
export function createTimers(onHold?: (held: boolean) => void): Timers {
  const heap: Waiting[] = [];
  let holding = 0;
  let added = 0;

  /** Puts `timer` where it belongs when `place` is free. */
  function settle(timer: Waiting, place: number): void {
    for (let at = place; at; ) {
      at = (at - 1) >> 1;
      const above = heap[at] as Waiting;
      if (!isEarlier(timer, above)) break;
      heap[place] = above;
      above.place = place;
      place = at;
    }
    for (;;) {
      let below = 2 * place + 1;
      if (isEarlier(heap[below + 1], heap[below])) below++;
      const other = heap[below];
      if (!isEarlier(other, timer)) break;
      heap[place] = other;
      other.place = place;
      place = below;
    }
    heap[place] = timer;
    timer.place = place;
  }

  function cancel(this: Waiting): void {
    if (!this.callback) return;
    // Who keeps a timer that waits no longer keeps nothing else.
    this.callback = this.data = undefined;
    const last = heap.pop() as Waiting;
    if (last !== this) settle(last, this.place);
    if (this.hold) onHold?.(--holding > 0);
  }

  return {
    size: () => heap.length,
    add(delayMs, nowMs, callback, data, hold) {
      checkDelay(delayMs);
      const timer = { dueMs: nowMs + delayMs, order: added++, place: 0, callback, data, hold, cancel };
      settle(timer, heap.length);
      if (hold) onHold?.(++holding > 0);
      return timer;
    },
    nextMs: () => heap[0]?.dueMs ?? NEVER_MS,
    advance(nowMs) {
      const end = added;
      for (let timer = heap[0]; timer && timer.dueMs <= nowMs && timer.order < end; timer = heap[0]) {
        const { callback, data } = timer;
        timer.cancel();
        try {
          (callback as (data: unknown) => void)(data);
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}

/** Throws a RangeError unless `delayMs` is a time that can be waited for. */
export function checkDelay(delayMs: number): void {
  if (!(delayMs >= 0 && delayMs < NEVER_MS))
    throw new RangeError(`a delay must be a number of ms, 0 or more; got ${delayMs}`);
}

/** When a timer is due that never is. */
export const NEVER_MS: number = Number.POSITIVE_INFINITY;

interface Waiting extends Timer {
  readonly dueMs: number;
  /** Of arrival, among all timers. */
  readonly order: number;
  /** In the heap. */
  place: number;
  /** Undefined when the timer waits no longer. */
  callback: ((data: never) => void) | undefined;
  data: unknown;
  readonly hold: boolean | undefined;
}

function isEarlier(timer: Waiting | undefined, than: Waiting | undefined): timer is Waiting {
  return timer && than ? (timer.dueMs - than.dueMs || timer.order - than.order) < 0 : false;
}
