import { type Clock, systemClock } from '@sustain/kernel';
import { drillFaults } from '../drill-faults.ts';
import type { Action, Disturbance, HistoryEvent, Outcome, Value } from './event.ts';

export interface RecorderOptions {
  /** Who asks: part of the ids of its operations, so unique among all clients, also among lives of the same process. */
  readonly client: string;
  /** Where events go, at once and in order: into an array (`(event) => events.push(event)`), or a journal. */
  readonly append: (event: HistoryEvent) => void;
  readonly clock?: Clock;
}

/** An operation whose outcome is not known yet. Exactly one of its methods is called, once. */
export interface OpenOperation {
  readonly id: string;
  /** It was done. `seen` is what a read has seen, and only of a read. */
  ok(seen?: Value): void;
  /** Of a compare-and-set: something else was there. */
  mismatch(): void;
  /** It was surely not done, and will not be. When in doubt it is `unknown`. */
  failed(): void;
  /** It may have been done, or may yet be. */
  unknown(): void;
}

/**
 * Writes down what a client asks for and what it is told. O(1) an event; keeps only what is in flight. Call `invoke`
 * before anything is sent, and the outcome after it is known: then the order of events proves what was before what.
 */
export class Recorder {
  readonly #client: string;
  readonly #append: (event: HistoryEvent) => void;
  readonly #clock: Clock;
  #invoked = 0;
  #writesInFlight = 0;

  constructor({ client, append, clock = systemClock }: RecorderOptions) {
    if (client === '') throw unusable('a client has no name; give it one of its own');
    this.#client = client;
    this.#append = append;
    this.#clock = clock;
  }

  /** Of this client: what was asked for, is no read, and has no outcome yet. */
  get writesInFlight(): number {
    return this.#writesInFlight;
  }

  /**
   * `id` is made when it is left out. The same id again means the same operation tried again (with an idempotency key,
   * say) after it failed or nobody knew: both are then one operation. Throws UNUSABLE_HISTORY on a value that JSON does
   * not keep.
   */
  invoke(action: Action & { readonly id?: string }): OpenOperation {
    const { id = `${this.#client}-${++this.#invoked}` } = action;
    if ('value' in action) checkValue(action.value);
    if ('expected' in action) checkValue(action.expected);
    this.#append({ event: 'invoked', ...action, id, client: this.#client, atMs: this.#clock.monotonicMs() });
    const changes = action.kind === 'read' ? 0 : 1;
    this.#writesInFlight += changes;
    let isOpen = true;
    const complete = (outcome: Outcome, seen?: Value) => {
      if (!isOpen) throw unusable(`the operation ${id} has two outcomes, the second is ${outcome}; tell one`);
      if ((seen !== undefined) !== (action.kind === 'read' && outcome === 'ok')) {
        throw unusable(
          `what was seen belongs to a read that is ok (null: nothing); ${id} is a ${action.kind}`,
        );
      }
      if (seen !== undefined) checkValue(seen);
      if (outcome === 'mismatch' && action.kind !== 'compare-and-set') {
        throw unusable(`only a compare-and-set can mismatch; ${id} is a ${action.kind}`);
      }
      isOpen = false;
      this.#writesInFlight -= changes;
      const value = seen === undefined ? {} : { value: seen };
      this.#append({ event: 'completed', id, outcome, ...value, atMs: this.#clock.monotonicMs() });
    };
    return {
      id,
      ok: (seen) => complete('ok', seen),
      mismatch: () => complete('mismatch'),
      failed: () => complete('failed'),
      unknown: () => complete('unknown'),
    };
  }

  /** Writes a kill, a restart or a pause down, beside what the clients see of it. */
  disturb(disturbance: Disturbance): void {
    this.#append({ event: 'disturbed', ...disturbance });
  }
}

function checkValue(value: unknown): void {
  if (value === null || typeof value === 'string' || Number.isFinite(value)) return;
  throw unusable(`a value must be a text, a finite number or null; got ${String(value)} (${typeof value})`);
}

function unusable(problem: string) {
  return drillFaults.UNUSABLE_HISTORY({ problem });
}
