import { FOREVER } from '../../options/index.ts';
import type { Clock, Timer } from '../../time/index.ts';

/**
 * Deadlines of one length, under one timer of the clock: a list of items in the order of their arrival, which is the
 * order in which they are due. None is told early.
 *
 * `add` and `remove` allocate nothing, save when the list grows, and take amortised O(1). The list has at most eight
 * places, and four for each item that waits, when one is added. The timer is not cancelled when the list becomes empty;
 * it fires once more, for nothing, and never holds the process open.
 */
export interface DeadlineQueue<Item> {
  /**
   * Whether times count from `nowMs`. Else from when the queue looks at what has come, `lagMs` of the clock later at
   * most: for deadlines that are so long that it makes no difference.
   */
  readonly isExact: boolean;
  /** Adds an item at `nowMs` of the clock's monotonic time. Answers its place, which `remove` wants. */
  add(item: Item, nowMs: number): number;
  remove(place: number): void;
}

/** A deadline may be late by two lags: so many of them make that a sixteenth. */
const LONG = 32;

/**
 * Each item may wait for `delayMs`. `onDeadline` is called once for each that is still there when its time is up; it
 * has left the queue by then. `onMove` says that an item's place is another one now.
 */
export function deadlineQueue<Item>(
  clock: Clock,
  delayMs: number,
  onDeadline: (item: Item) => void,
  onMove: (item: Item, place: number) => void,
): DeadlineQueue<Item> {
  const { lagMs } = clock;
  const isExact = lagMs === 0 || delayMs < LONG * lagMs;
  /** Undefined where an item has left. */
  const items: (Item | undefined)[] = [];
  /** FOREVER until the queue has looked at the item. */
  const dueMs: number[] = [];
  let size = 0;
  /** The places in use, the empty ones between included. */
  let first = 0;
  let end = 0;
  let timer: Timer | undefined;
  let looksSoon = false;

  function closeGaps(): void {
    let place = 0;
    for (; first < end; first++) {
      const item = items[first];
      if (item === undefined) continue;
      items[place] = item;
      dueMs[place] = dueMs[first] as number;
      onMove(item, place++);
    }
    first = 0;
    end = items.length = dueMs.length = place;
  }

  function remove(place: number): void {
    items[place] = undefined;
    if (--size === 0) first = end = 0;
  }

  function lookIn(waitMs: number): void {
    timer = clock.schedule(waitMs, look, { keepAlive: false });
  }

  function look(): void {
    looksSoon = false;
    const nowMs = clock.monotonicMs();
    for (let place = end; dueMs[--place] === FOREVER; ) dueMs[place] = nowMs + delayMs;
    while (size > 0) {
      const item = items[first];
      const waitMs = (dueMs[first] as number) - nowMs;
      if (item === undefined) first++;
      else if (waitMs > 0) {
        if (!looksSoon) lookIn(waitMs);
        return;
      } else {
        remove(first);
        onDeadline(item);
      }
    }
    if (!looksSoon) timer = undefined;
  }

  return {
    isExact,
    add(item, nowMs) {
      if (end >= 4 * size + 8) closeGaps();
      items[end] = item;
      dueMs[end] = isExact ? nowMs + delayMs : FOREVER;
      size++;
      if (isExact ? !timer : !looksSoon) {
        timer?.cancel();
        looksSoon = !isExact;
        lookIn(isExact ? delayMs : lagMs);
      }
      return end++;
    },
    remove,
  };
}
