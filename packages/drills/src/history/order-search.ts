import type { Value } from './event.ts';
import { mayHaveChanged, type Operation } from './operation.ts';
import { type Register, registerOf } from './register.ts';
import { END, RemovableList } from './removable-list.ts';

export type OrderFound = (
  | { readonly state: 'possible' }
  | {
      readonly state: 'impossible';
      /** Every order fails when this one has ended, if not before. */
      readonly blocked: Operation;
      /** What was known until then, which is impossible already: what ended later is `unknown` in it. */
      readonly prefix: readonly Operation[];
    }
  | { readonly state: 'gave-up' }
) & { readonly steps: number };

/**
 * Looks for an order in which a register that holds `initial` would have answered as it did.
 *
 * The search of Wing and Gong ("Testing and verifying concurrent objects", JPDC 17, 1993) with the memory of Lowe
 * ("Testing for linearizability", CCPE 29(4), 2017): the next in order is one that was invoked before the first of the
 * rest has ended, and where it has been before, with the same value, it does not go again. Two things cut it short:
 * an answer that fits now and changes nothing is always taken, at once; and of unknown operations, which may never
 * happen, it is never better to have used up more.
 */
export function searchOrder(operations: readonly Operation[], initial: Value, maxSteps: number): OrderFound {
  const search = new OrderSearch(registerOf(operations, initial), maxSteps);
  const state = search.run();
  const { steps } = search;
  if (state !== 'impossible') return { state, steps };
  const blocked = search.register.operations[search.blocked] as Operation;
  return { state, steps, blocked, prefix: prefixOf(operations, blocked.endedAt) };
}

/** An operation put in order. */
interface Step {
  readonly operation: number;
  readonly valueBefore: number;
  /** Whether there was no choice: then there is nothing to try instead. */
  readonly forced: boolean;
}

/** Where the search was: the unknown operations that had been used up there. None of them holds another. */
type Visits = (readonly number[])[];

class OrderSearch {
  readonly register: Register;
  readonly #maxSteps: number;
  /** The operation at whose end the search that came furthest was stuck. */
  blocked = END;
  steps = 0;

  /**
   * Two linked lists: beginnings (i) and ends (count + i) of what is required, by time; beginnings of what is optional.
   * What is put in order is taken out of them.
   */
  readonly #entries: RemovableList;
  readonly #requiredHead: number;
  readonly #optionalHead: number;

  readonly #order: Step[] = [];
  #usedUp: readonly number[] = [];
  readonly #visited = new Map<string, Visits>();
  #value: number;
  #left: number;

  constructor(register: Register, maxSteps: number) {
    this.register = register;
    this.#maxSteps = maxSteps;
    this.#value = register.initial;
    const { count, requiredCount, at } = register;
    this.#left = requiredCount;
    this.#requiredHead = 2 * count;
    this.#optionalHead = 2 * count + 1;
    this.#entries = new RemovableList(2 * count + 2);
    const required = [...range(0, requiredCount), ...range(count, count + requiredCount)];
    this.#entries.chain(
      this.#requiredHead,
      required.sort((a, b) => (at[a] as number) - (at[b] as number)),
    );
    this.#entries.chain(this.#optionalHead, range(requiredCount, count));
  }

  run(): OrderFound['state'] {
    let candidate = this.#enter();
    for (;;) {
      if (this.#left === 0) return 'possible';
      if (this.steps > this.#maxSteps) return 'gave-up';
      const chosen = candidate === END ? END : this.#firstFitting(candidate);
      if (chosen !== END) {
        this.#put(chosen, false);
        candidate = this.#enter();
      } else {
        const taken = this.#takeBack();
        if (taken === END) return 'impossible';
        candidate = this.#entries.after(taken);
      }
    }
  }

  /** Takes what has to be taken here, and answers the first candidate; END when there is none, or it was here before. */
  #enter(): number {
    for (let answer = this.#fittingAnswer(); answer !== END; answer = this.#fittingAnswer())
      this.#put(answer, true);
    return this.#left > 0 && this.#isNew() ? this.#entries.after(this.#requiredHead) : END;
  }

  #fittingAnswer(): number {
    const { count, changes } = this.register;
    for (
      let at = this.#entries.after(this.#requiredHead);
      at !== END && at < count;
      at = this.#entries.after(at)
    ) {
      if (changes[at] === 0 && this.register.apply(at, this.#value) !== END) return at;
    }
    return END;
  }

  /** From `candidate` on, the first that can be next. Those that are required come first. */
  #firstFitting(candidate: number): number {
    const { count, requiredCount, changes } = this.register;
    if (candidate >= requiredCount && candidate < count) return this.#firstUseful(candidate);
    let at = candidate;
    for (; at < count; at = this.#entries.after(at)) {
      if (changes[at] === 1 && this.register.apply(at, this.#value) !== END) return at;
    }
    this.#noteBlocked(at - count);
    return this.#firstUseful(requiredCount);
  }

  /**
   * From `candidate` on, the first of those that may never have happened which explains an answer of now: one that does
   * not can as well be left out.
   */
  #firstUseful(candidate: number): number {
    const { at: times, observable } = this.register;
    const firstEnd = times[this.#firstEnd()] as number;
    const unseen = this.#unseenFitting(firstEnd);
    let at = this.#entries.after(this.#optionalHead);
    for (; at !== END && (times[at] as number) < firstEnd; at = this.#entries.after(at)) {
      if (at < candidate || (observable[at] === 0 && at !== unseen)) continue;
      const left = this.register.apply(at, this.#value);
      if (left !== END && this.#isSeenNow(left, at, firstEnd)) return at;
    }
    return END;
  }

  /**
   * Of the optional ones whose value nobody tells of, one is as good as another, save that those which fit any value
   * are better kept for later.
   */
  #unseenFitting(firstEnd: number): number {
    const { at: times, observable, picky } = this.register;
    let found = END;
    let at = this.#entries.after(this.#optionalHead);
    for (; at !== END && (times[at] as number) < firstEnd; at = this.#entries.after(at)) {
      if (observable[at] === 1 || this.register.apply(at, this.#value) === END) continue;
      if (picky[at] === 1) return at;
      if (found === END) found = at;
    }
    return found;
  }

  /** Whether an operation that can be next, other than `source`, would tell of this value. */
  #isSeenNow(value: number, source: number, firstEnd: number): boolean {
    const { at: times, count } = this.register;
    let at = this.#entries.after(this.#requiredHead);
    for (; at < count; at = this.#entries.after(at)) if (this.register.sees(at, value)) return true;
    at = this.#entries.after(this.#optionalHead);
    for (; at !== END && (times[at] as number) < firstEnd; at = this.#entries.after(at)) {
      if (at !== source && this.register.sees(at, value)) return true;
    }
    return false;
  }

  #firstEnd(): number {
    let at = this.#entries.after(this.#requiredHead);
    while (at < this.register.count) at = this.#entries.after(at);
    return at;
  }

  #noteBlocked(operation: number): void {
    const { at, count } = this.register;
    const isFurther =
      this.blocked === END || (at[count + operation] as number) > (at[count + this.blocked] as number);
    if (isFurther) this.blocked = operation;
  }

  /** What is left before the first end, and the value, are all that matters for what comes. */
  #isNew(): boolean {
    this.steps++;
    const { count } = this.register;
    let key = `${this.#value}`;
    let at = this.#entries.after(this.#requiredHead);
    for (; at < count; at = this.#entries.after(at)) key += `,${at}`;
    key += `;${at}`;
    const visits = this.#visited.get(key);
    const usedUp = this.#usedUp;
    if (visits === undefined) {
      this.#visited.set(key, [usedUp]);
      return true;
    }
    this.steps += visits.length;
    const own = new Set(usedUp);
    if (visits.some((before) => before.every((one) => own.has(one)))) return false;
    visits.push(usedUp);
    return true;
  }

  #put(operation: number, forced: boolean): void {
    const { count, requiredCount } = this.register;
    this.#order.push({ operation, valueBefore: this.#value, forced });
    this.#value = this.register.apply(operation, this.#value);
    this.#entries.takeOut(operation);
    if (operation < requiredCount) {
      this.#entries.takeOut(count + operation);
      this.#left--;
    } else this.#usedUp = [...this.#usedUp, operation];
  }

  /** Takes back what was put last by choice, and all that followed from it. Answers it; END when there was no choice. */
  #takeBack(): number {
    const { count, requiredCount } = this.register;
    for (let step = this.#order.pop(); step !== undefined; step = this.#order.pop()) {
      const { operation, valueBefore, forced } = step;
      this.#value = valueBefore;
      if (operation < requiredCount) {
        this.#entries.putBack(count + operation);
        this.#left++;
      } else this.#usedUp = this.#usedUp.slice(0, -1);
      this.#entries.putBack(operation);
      if (!forced) return operation;
    }
    return END;
  }
}

/** Of what ended later it matters only what it may have changed by then. */
function prefixOf(operations: readonly Operation[], end: number): readonly Operation[] {
  const begun = operations.filter(({ invokedAt }) => invokedAt < end);
  const relevant = begun.filter((one) => one.endedAt <= end || mayHaveChanged(one));
  return relevant.map((one) => (one.endedAt <= end ? one : { ...one, outcome: 'unknown' }));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
