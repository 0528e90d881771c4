import type { Refusal } from './layer.ts';

/** A wait of a call that a stop can end. */
export interface Wait {
  /** Settles when it is over, or interrupted. */
  readonly promise: Promise<unknown>;
  /** The innermost level whose stop ends it. */
  readonly interruptibleFrom: number;
  interrupt(): void;
}

/** What a hold resolves with when the call may go on, and when it was stopped; else with a refusal. */
export const ADMITTED = Symbol('admitted');
export const INTERRUPTED = Symbol('interrupted');

/**
 * Begins a wait on the way in. It gets what ends the wait: nothing admits the call, a refusal refuses it; only the
 * first ending counts. Answers how to give the wait up, which is harmless when it has ended.
 */
export type Hold = (end: (refusal?: Refusal) => void) => () => void;

/** Waits for `answer`. Interrupted, it rejects; what `answer` comes to later is dropped. */
export function waitFor(answer: Promise<unknown>, interruptibleFrom: number): Wait {
  let interrupt!: () => void;
  const promise = new Promise((resolve, reject) => {
    answer.then(resolve, reject);
    interrupt = reject;
  });
  return { promise, interruptibleFrom, interrupt };
}

/** Waits for `hold` to end. */
export function held(hold: Hold, interruptibleFrom: number): Wait {
  let interrupt!: () => void;
  const promise = new Promise((resolve) => {
    const giveUp = hold((refusal) => resolve(refusal ?? ADMITTED));
    interrupt = () => {
      giveUp();
      resolve(INTERRUPTED);
    };
  });
  return { promise, interruptibleFrom, interrupt };
}
