import type { Clock } from '../../time/index.ts';
import type { Refusal } from './refusal.ts';

/** A wait of a call that a stop can end. */
export interface Wait {
  /** Settles when it is over, or interrupted. */
  readonly promise: Promise<unknown>;
  /** The innermost level whose stop ends it. */
  readonly interruptibleFrom: number;
  interrupt(): void;
}

/** What a wait on the way in resolves with, save with a refusal: the call is admitted; or it looks where it stands. */
export const ADMITTED = Symbol('admitted');
export const OVER = Symbol('over');

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
      resolve(OVER);
    };
  });
  return { promise, interruptibleFrom, interrupt };
}

/** Waits for `delayMs`. */
export function rest(clock: Clock, delayMs: number, interruptibleFrom: number): Wait {
  let interrupt!: () => void;
  const promise = new Promise((resolve) => {
    interrupt = () => {
      timer.cancel();
      resolve(OVER);
    };
    const timer = clock.schedule(delayMs, interrupt);
  });
  return { promise, interruptibleFrom, interrupt };
}
