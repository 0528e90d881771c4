import type { Timer } from './clock.ts';

/**
 * Many deadlines, one host timer: a hierarchical timing wheel with a tick of 1 ms.
 *
 * `add` and `cancel` are O(1) whatever the number of timers, save that timers due within the same millisecond are
 * kept sorted; `advance` costs O(timers due) plus one step per occupied slot passed. Timers fire in the order of
 * their deadlines, equal ones in the order of their arrival; never early, at most one tick late. Scheme 7 of
 * Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (SOSP 1987).
 *
 * The wheel keeps no time itself: its owner says what time it is. Callbacks may add and cancel freely; what they
 * add for the tick being fired waits for the next `advance`. A callback that throws is reported to the host as
 * uncaught and stops nobody.
 */
export class TimerWheel {
  #tick: number;
  #size = 0;
  #sequence = 0;
  readonly #levels: readonly (readonly Slot[])[] = Array.from({ length: LEVELS }, () =>
    Array.from({ length: SLOTS }, () => new Slot()),
  );
  /** Occupied slots of each level, one bit a slot. */
  readonly #occupied = new Uint32Array(LEVELS);

  /** `nowMs` is the owner's time at construction; fractions are allowed. */
  constructor(nowMs: number) {
    this.#tick = Math.floor(nowMs);
  }

  /** How many timers wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds a timer that is due at `dueMs` of the owner's time; a time in the past is due at the next advance. */
  add(dueMs: number, callback: () => void): WheelTimer {
    const timer = new WheelTimer(this, dueMs, this.#sequence++, callback);
    this.#place(timer);
    this.#size++;
    return timer;
  }

  /** A time at or before the next deadline, good for arming the host timer; Infinity when no timer waits. */
  nextMs(): number {
    let next = Number.POSITIVE_INFINITY;
    for (let level = 0; level < LEVELS; level++) {
      const occupied = this.#occupied[level] as number;
      if (occupied === 0) continue;
      const slotMs = 2 ** (level * BITS);
      const position = Math.floor(this.#tick / slotMs);
      next = Math.min(next, (position + stepsToNext(occupied, position % SLOTS)) * slotMs);
    }
    return next;
  }

  /** Moves time to `nowMs` and fires what is due. Answers how many timers fired. */
  advance(nowMs: number): number {
    let fired = 0;
    let firedTick = Number.NEGATIVE_INFINITY;
    let next = this.nextMs();
    for (; next <= nowMs && next > firedTick; next = this.nextMs()) {
      this.#tick = Math.max(this.#tick, next);
      this.#cascade();
      fired += this.#fire();
      firedTick = this.#tick;
    }
    this.#tick = Math.max(this.#tick, Math.floor(Math.min(nowMs, next)));
    return fired;
  }

  /** @internal Called by WheelTimer. */
  remove(timer: WheelTimer): void {
    this.#unlink(timer);
    this.#size--;
  }

  #place(timer: WheelTimer): void {
    let level = 0;
    let position = this.#tick;
    let due = Math.max(Math.ceil(timer.dueMs), position);
    while (due - position >= SLOTS && level < LEVELS - 1) {
      level++;
      position = Math.floor(position / SLOTS);
      due = Math.floor(due / SLOTS);
    }
    // Beyond the last level's reach a timer waits in its farthest slot, to be placed anew when that is reached.
    timer.level = level;
    timer.index = Math.min(due, position + SLOTS - 1) % SLOTS;
    const slot = this.#slot(level, timer.index);
    if (level === 0) slot.insert(timer);
    else slot.append(timer);
    this.#occupied[level] = (this.#occupied[level] as number) | (1 << timer.index);
  }

  #unlink(timer: WheelTimer): void {
    const slot = this.#slot(timer.level, timer.index);
    slot.unlink(timer);
    if (slot.head === null) {
      this.#occupied[timer.level] = (this.#occupied[timer.level] as number) & ~(1 << timer.index);
    }
  }

  /** Moves the timers of the higher levels' current slots down to where they now belong. */
  #cascade(): void {
    for (let level = LEVELS - 1; level > 0; level--) {
      const slot = this.#slot(level, Math.floor(this.#tick / 2 ** (level * BITS)) % SLOTS);
      for (let timer = slot.head; timer !== null; timer = slot.head) {
        this.#unlink(timer);
        this.#place(timer);
      }
    }
  }

  /** Fires the timers of the current tick, but not those that their callbacks add. */
  #fire(): number {
    const slot = this.#slot(0, this.#tick % SLOTS);
    const addedFrom = this.#sequence;
    let fired = 0;
    for (let timer = slot.head; timer !== null && timer.sequence < addedFrom; timer = slot.head) {
      timer.fire();
      fired++;
    }
    return fired;
  }

  #slot(level: number, index: number): Slot {
    return (this.#levels[level] as readonly Slot[])[index] as Slot;
  }
}

/** 32 slots a level, so that a level's occupancy is one 32-bit word; seven levels reach 2^35 ms, over a year. */
const BITS = 5;
const SLOTS = 2 ** BITS;
const LEVELS = 7;

/** A deadline in the wheel, itself the node of its slot's list. */
export class WheelTimer implements Timer {
  readonly dueMs: number;
  /** Order of arrival. */
  readonly sequence: number;
  level = 0;
  index = 0;
  previous: WheelTimer | null = null;
  next: WheelTimer | null = null;
  #wheel: TimerWheel | null;
  readonly #callback: () => void;

  constructor(wheel: TimerWheel, dueMs: number, sequence: number, callback: () => void) {
    this.#wheel = wheel;
    this.dueMs = dueMs;
    this.sequence = sequence;
    this.#callback = callback;
  }

  /** Whether the timer still waits: neither fired nor cancelled. */
  get waiting(): boolean {
    return this.#wheel !== null;
  }

  cancel(): void {
    if (this.#wheel === null) return;
    this.#wheel.remove(this);
    this.#wheel = null;
  }

  /** @internal */
  fire(): void {
    this.cancel();
    try {
      this.#callback();
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** A doubly linked list of timers. */
class Slot {
  head: WheelTimer | null = null;
  tail: WheelTimer | null = null;

  append(timer: WheelTimer): void {
    this.#link(timer, this.tail);
  }

  /** Keeps the list sorted by deadline, then arrival. */
  insert(timer: WheelTimer): void {
    let before = this.tail;
    while (before !== null && isLater(before, timer)) before = before.previous;
    this.#link(timer, before);
  }

  unlink(timer: WheelTimer): void {
    if (timer.previous === null) this.head = timer.next;
    else timer.previous.next = timer.next;
    if (timer.next === null) this.tail = timer.previous;
    else timer.next.previous = timer.previous;
    timer.previous = null;
    timer.next = null;
  }

  #link(timer: WheelTimer, before: WheelTimer | null): void {
    const after = before === null ? this.head : before.next;
    timer.previous = before;
    timer.next = after;
    if (before === null) this.head = timer;
    else before.next = timer;
    if (after === null) this.tail = timer;
    else after.previous = timer;
  }
}

function isLater(timer: WheelTimer, than: WheelTimer): boolean {
  return timer.dueMs > than.dueMs || (timer.dueMs === than.dueMs && timer.sequence > than.sequence);
}

/** Slots from `from` to the next set bit of `occupied`, going round. */
function stepsToNext(occupied: number, from: number): number {
  const rotated = from === 0 ? occupied : (occupied >>> from) | (occupied << (SLOTS - from));
  return 31 - Math.clz32(rotated & -rotated);
}
