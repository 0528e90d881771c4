import { checkDelay } from './check-delay.ts';
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
 * Timers of one duration are due in the order of their arrival: they wait in lists, and the lists in a binary heap.
 *
 * `add` is O(1) for a duration of which timers wait already and O(log lists) for others; `cancel` is O(1). A list
 * whose timers have all gone is kept for the next timer of that duration, until its time or until such lists are the
 * majority. Timers fire in the order of their due times, equal ones in the order of their arrival, never early.
 *
 * Callbacks may add and cancel freely. One that throws is reported to the host as uncaught and stops nobody.
 *
 * `onHold` hears, whenever a timer with `hold` comes or goes, whether there are any.
 */
export function createTimers(onHold?: (held: boolean) => void): Timers {
  let size = 0;
  let holding = 0;
  let added = 0;
  let heap: List[] = [];
  /** Lists in the heap in which no timer waits. */
  let empty = 0;
  /** The last list of each of some durations. Two durations that meet get a list a timer: slower, not wrong. */
  let recent: List[] = [];

  function cancel(this: Waiting): void {
    const { callback, list, previous, next } = this;
    if (callback === undefined) return;
    // Who keeps a timer that waits no longer keeps nothing else.
    this.callback = this.data = undefined;
    this.previous = this.next = list;
    previous.next = next;
    next.previous = previous;
    size--;
    if (this.hold) onHold?.(--holding > 0);
    if (previous !== next || ++empty <= heap.length / 2 + SLOTS) return;
    heap = heap.filter((list) => list.next !== list);
    recent = [];
    empty = 0;
    for (let at = heap.length; at > 0; ) sink(--at);
  }

  function first(): Waiting | undefined {
    for (let list = heap[0]; list !== undefined; list = heap[0]) {
      const timer = list.next;
      if (timer === list) {
        empty--;
        list.delayMs = -1;
        const last = heap.pop() as List;
        if (last === list) break;
        heap[0] = last;
      } else if (timer.order === list.order) return timer as Waiting;
      else {
        list.dueMs = timer.dueMs;
        list.order = timer.order;
      }
      sink(0);
    }
    return undefined;
  }

  /** Lets the list at `at` sink to its place. Answers whether it moved. */
  function sink(at: number): boolean {
    const list = heap[at] as List;
    let place = at;
    for (;;) {
      let below = 2 * place + 1;
      if (isEarlier(heap[below + 1], heap[below] as List)) below++;
      const other = heap[below];
      if (!isEarlier(other, list)) break;
      heap[place] = other;
      place = below;
    }
    heap[place] = list;
    return place !== at;
  }

  return {
    size: () => size,
    add(delayMs, nowMs, callback, data, hold) {
      checkDelay(delayMs);
      const dueMs = nowMs + delayMs;
      const slot = (delayMs % SLOTS) | 0;
      let list = recent[slot];
      // Who reads the clock once for several timers may come with an earlier time than the last.
      if (list?.delayMs !== delayMs || list.previous.dueMs > dueMs) {
        list = recent[slot] = createList(delayMs, dueMs, added);
        for (let at = heap.push(list) >> 1; at > 0 && sink(at - 1); ) at >>= 1;
      } else if (list.next === list) empty--;
      const { previous } = list;
      const timer: Waiting = {
        dueMs,
        order: added++,
        previous,
        next: list,
        list,
        callback,
        data,
        hold,
        cancel,
      };
      previous.next = list.previous = timer;
      size++;
      if (hold) onHold?.(++holding > 0);
      return timer;
    },
    nextMs: () => first()?.dueMs ?? NEVER_MS,
    advance(nowMs) {
      const end = added;
      for (let timer = first(); timer && timer.dueMs <= nowMs && timer.order < end; timer = first()) {
        const { callback, data } = timer;
        timer.cancel();
        try {
          callback?.(data as never);
        } catch (error) {
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },
  };
}

/** When a timer is due that never is. */
export const NEVER_MS: number = Number.POSITIVE_INFINITY;

/** How many durations are told apart at most. A prime, so that round numbers do not meet. */
const SLOTS = 61;

/** What stands in a ring: the list itself, where it begins and ends, or one of its timers. */
interface Link {
  /** Of a list: of its first timer, or of an earlier one that has gone. */
  dueMs: number;
  /** Of arrival, among all timers. */
  order: number;
  previous: Link;
  next: Link;
}

interface List extends Link {
  /** Negative when the list has left the heap and takes no more timers. */
  delayMs: number;
}

interface Waiting extends Link, Timer {
  readonly list: List;
  /** Undefined when the timer waits no longer. */
  callback: ((data: never) => void) | undefined;
  data: unknown;
  readonly hold: boolean | undefined;
}

function createList(delayMs: number, dueMs: number, order: number): List {
  const list = { dueMs, order, delayMs } as List;
  list.previous = list.next = list;
  return list;
}

function isEarlier(list: List | undefined, than: List): list is List {
  return list !== undefined && (list.dueMs - than.dueMs || list.order - than.order) < 0;
}
