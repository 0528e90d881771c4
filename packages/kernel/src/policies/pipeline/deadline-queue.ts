import type { Clock } from '../../time/index.ts';

/**
 * Deadlines of one length, under one timer of the clock: a list of items in the order of their arrival, which is the
 * order in which they are due.
 *
 * `add` and `remove` allocate nothing, save when the list grows, and take amortised O(1): less than half of what a
 * timer each costs. The list has room for at most four times the items that have waited at once, or for eight. The
 * timer is not cancelled when the list becomes empty; it fires once more, for nothing, and never holds the process
 * open.
 */
export class DeadlineQueue<Item> {
  /** How many items wait. */
  size = 0;
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #onDeadline: (item: Item) => void;
  readonly #onMove: (item: Item, place: number) => void;
  /** Undefined where an item has left. */
  readonly #items: (Item | undefined)[] = [];
  readonly #dueMs: number[] = [];
  /** The places in use, the empty ones between included. */
  #first = 0;
  #end = 0;
  #capacity = MIN_CAPACITY;
  #armed = false;

  /**
   * Each item may wait for `delayMs`. `onDeadline` is called once for each that is still there when its time is up; it
   * has left the queue by then. `onMove` says that an item's place is another one now.
   */
  constructor(
    clock: Clock,
    delayMs: number,
    onDeadline: (item: Item) => void,
    onMove: (item: Item, place: number) => void,
  ) {
    this.#clock = clock;
    this.#delayMs = delayMs;
    this.#onDeadline = onDeadline;
    this.#onMove = onMove;
  }

  /** Adds an item at `nowMs` of the clock's monotonic time. Answers its place, which `remove` wants. */
  add(item: Item, nowMs: number): number {
    if (this.#end === this.#capacity) this.#makeRoom();
    const place = this.#end++;
    this.#items[place] = item;
    this.#dueMs[place] = nowMs + this.#delayMs;
    this.size++;
    if (!this.#armed) this.#arm(this.#delayMs);
    return place;
  }

  remove(place: number): void {
    this.#items[place] = undefined;
    if (--this.size === 0) this.#first = this.#end = 0;
  }

  /** Moves the items to the front of a list that they fill to a quarter at most, or to the eighth place. */
  #makeRoom(): void {
    const items = this.#items;
    let place = 0;
    for (let from = this.#first; from < this.#end; from++) {
      const item = items[from];
      if (item === undefined) continue;
      items[place] = item;
      this.#dueMs[place] = this.#dueMs[from] as number;
      this.#onMove(item, place++);
    }
    items.fill(undefined, place);
    this.#first = 0;
    this.#end = place;
    this.#capacity = Math.max(MIN_CAPACITY, place * 4);
  }

  #arm(delayMs: number): void {
    this.#armed = true;
    this.#clock.schedule(delayMs, this.#onTimer, { keepAlive: false });
  }

  readonly #onTimer = (): void => {
    const nowMs = this.#clock.monotonicMs();
    while (this.size > 0) {
      const item = this.#items[this.#first];
      const waitMs = (this.#dueMs[this.#first] as number) - nowMs;
      if (item === undefined) this.#first++;
      else if (waitMs > 0) {
        this.#arm(waitMs);
        return;
      } else {
        this.remove(this.#first);
        this.#onDeadline(item);
      }
    }
    this.#armed = false;
  };
}

const MIN_CAPACITY = 8;
