import { type Clock, type Fault, headOf } from '@sustain/kernel';

/** Says when a stack of a kind of error is due again. Bounded: of more kinds than it can tell apart, it forgets all. */
export class StackPace {
  /** What stands in an entry instead of a stack that is not due. */
  readonly note: string;
  readonly #everyMs: number;
  readonly #clock: Clock;
  readonly #lastMs = new Map<string, number>();

  constructor(everyMs: number, clock: Clock) {
    this.note = `[left out: an entry of the ${everyMs} ms before has that of an error like this]`;
    this.#everyMs = everyMs;
    this.#clock = clock;
  }

  /** Whether one is due; then it counts as written. */
  isDue(module: string, thrown: unknown, fault: Fault | undefined): boolean {
    if (this.#everyMs === 0) return true;
    const key = `${module}\n${kindOf(thrown, fault)}`;
    const nowMs = this.#clock.monotonicMs();
    const lastMs = this.#lastMs.get(key);
    if (lastMs !== undefined && nowMs - lastMs < this.#everyMs) return false;
    if (this.#lastMs.size >= MOST_KINDS) this.#lastMs.clear();
    this.#lastMs.set(key, nowMs);
    return true;
  }
}

const MOST_KINDS = 1000;
const KIND_CHARS = 128;

/**
 * Faults of a code are made in few places. Of other errors, and of what has caused a fault, only the message tells one
 * from another; numbers in it do not, as they are those of phrases, ports and times.
 */
function kindOf(thrown: unknown, fault: Fault | undefined): string {
  if (fault !== undefined && fault.cause === undefined) return fault.code;
  const { name, message } = headOf(fault === undefined ? thrown : fault.cause);
  return `${fault?.code} ${name} ${message.slice(0, KIND_CHARS).replace(/\d+/g, '0')}`;
}
