import type { Life } from './life.ts';

/** What will happen. */
export interface SimulatedEvent {
  dueMs: number;
  /** Chooses between those that are due at the same time. */
  readonly chance: number;
  /** Of arrival: chooses when chance does not. */
  readonly order: number;
  /** Its line in the trace. */
  readonly text: string;
  /** Whose it is. */
  readonly life: Life;
  /** Whether a run may end although it is still to come: faults that come by themselves. */
  readonly unasked: boolean;
  /** Undefined when it was cancelled. */
  run: (() => void) | undefined;
}

/** A binary heap: the next event is at its root. Cancelled ones stay in it until their time comes. */
export class EventQueue {
  readonly #heap: SimulatedEvent[] = [];

  push(event: SimulatedEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as SimulatedEvent;
      if (!isBefore(event, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  pop(): SimulatedEvent | undefined {
    const heap = this.#heap;
    const root = heap[0];
    const last = heap.pop();
    if (last && last !== root) this.#sink(last);
    return root;
  }

  #sink(event: SimulatedEvent): void {
    const heap = this.#heap;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const left = heap[below];
      const right = heap[below + 1];
      let child = left;
      if (left && right && isBefore(right, left)) {
        child = right;
        below++;
      }
      if (!child || isBefore(event, child)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = event;
  }
}

function isBefore(one: SimulatedEvent, other: SimulatedEvent): boolean {
  return (one.dueMs - other.dueMs || one.chance - other.chance || one.order - other.order) < 0;
}
