import type { Clock, Timer } from '../time/index.ts';
import { checkNumbers } from './check-option.ts';

/** How a feature comes back by itself. */
export interface RestoreOptions {
  /**
   * Looks whether what broke works again: `true` says that it does; anything else, a throw or no answer in time that
   * it does not. It should heed its signal, which aborts at its deadline and when nobody wants to know any more.
   * Default: none, the feature comes back by `enable`.
   */
  readonly probe?: (signal: AbortSignal) => boolean | Promise<boolean>;
  /** The wait before the first probe, and from the end of each to the next. 1 or more. Default 10,000. */
  readonly probeEveryMs?: number;
  /** How long a probe may take. 1 or more. Default 5000. */
  readonly probeDeadlineMs?: number;
  /** How many probes in a row must succeed. 1 or more. Default 2. */
  readonly successes?: number;
}

/**
 * Probes until enough probes in a row have succeeded, and then calls `onRestored` once. Answers the way to stop. Never
 * two probes at a time: one that goes on beyond its deadline has failed, and the next waits until it has ended. Throws
 * a RangeError that says which option is wrong, what was got and what is allowed.
 */
export function probeUntilRestored(
  { probe, probeEveryMs = 10_000, probeDeadlineMs = 5000, successes = 2 }: RestoreOptions,
  clock: Clock,
  onRestored: () => void,
): (() => void) | undefined {
  checkNumbers({ probeEveryMs, probeDeadlineMs, successes }, 1);
  if (!probe) return undefined;
  let timer: Timer;
  let abort = new AbortController();
  let isStopped = false;
  let inRow = 0;
  const schedule = (delayMs: number, callback: () => void) => {
    timer = clock.schedule(delayMs, callback, { keepAlive: false });
  };
  const ask = () => {
    abort = new AbortController();
    const { signal } = abort;
    schedule(probeDeadlineMs, () => abort.abort());
    const end = (answer: unknown) => {
      timer.cancel();
      inRow = answer === true && !signal.aborted ? inRow + 1 : 0;
      if (isStopped) return;
      if (inRow >= successes) onRestored();
      else schedule(probeEveryMs, ask);
    };
    new Promise((resolve) => resolve(probe(signal))).then(end, () => end(false));
  };
  schedule(probeEveryMs, ask);
  return () => {
    isStopped = true;
    timer.cancel();
    abort.abort();
  };
}
