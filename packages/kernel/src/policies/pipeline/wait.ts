import type { Clock } from '../../time/index.ts';

/** A wait of a call that a stop can end. */
export interface Wait {
  /** Settles when it is over, or interrupted. */
  readonly promise: Promise<unknown>;
  /** The innermost level whose stop ends it. */
  readonly interruptibleFrom: number;
  interrupt(): void;
}

/** What a rest resolves with, whole or interrupted. */
export const RESTED = Symbol('rested');

/** Waits for `answer`. Interrupted, it rejects; what `answer` comes to later is dropped. */
export function waitFor(answer: Promise<unknown>, interruptibleFrom: number): Wait {
  let interrupt!: () => void;
  const promise = new Promise((resolve, reject) => {
    answer.then(resolve, reject);
    interrupt = reject;
  });
  return { promise, interruptibleFrom, interrupt };
}

/** Waits for `delayMs`. */
export function rest(clock: Clock, delayMs: number, interruptibleFrom: number): Wait {
  let interrupt!: () => void;
  const promise = new Promise((resolve) => {
    const timer = clock.schedule(delayMs, () => resolve(RESTED));
    interrupt = () => {
      timer.cancel();
      resolve(RESTED);
    };
  });
  return { promise, interruptibleFrom, interrupt };
}
