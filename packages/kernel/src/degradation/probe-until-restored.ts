import { COUNT, checkFunctions, checkOptions, POSITIVE } from '../options/index.ts';
import type { Clock, Timer } from '../time/index.ts';

/** How a feature comes back by itself. */
export interface RestoreOptions {
  /**
   * Looks whether what broke works again: `true` says that it does; anything else, a throw or no answer in time that
   * it does not. It should heed its signal, which aborts at its deadline and when nobody wants to know any more.
   * Default: none, the feature comes back by `enable`.
   */
  readonly probe?: (signal: AbortSignal) => boolean | Promise<boolean>;
  /** The wait before the first probe, and from the end of each to the next. Above 0. Default 10,000. */
  readonly probeEveryMs?: number;
  /** How long a probe may take. Above 0. Default 5000. */
  readonly probeDeadlineMs?: number;
  /** How many probes in a row must succeed. A whole number, 1 or more. Default 2. */
  readonly successes?: number;
}

/**
 * Probes until enough probes in a row have succeeded, and then calls `onRestored` once. Answers the way to stop. Never
 * two probes at a time: one that goes on beyond its deadline has failed, and the next waits until it has ended. Throws
 * a RangeError or TypeError when an option is out of range.
 */
export function probeUntilRestored(
  { probe, probeEveryMs = 10_000, probeDeadlineMs = 5000, successes = 2 }: RestoreOptions,
  clock: Clock,
  onRestored: () => void,
): (() => void) | undefined {
  checkFunctions('feature', { probe });
  checkOptions('feature', {
    probeEveryMs: [probeEveryMs, POSITIVE],
    probeDeadlineMs: [probeDeadlineMs, POSITIVE],
    successes: [successes, COUNT],
  });
  if (!probe) return undefined;
  let timer: Timer;
  let abort = new AbortController();
  let isStopped = false;
  let inRow = 0;
  const after = (delayMs: number, callback: () => void) => {
    timer = clock.schedule(delayMs, callback, { keepAlive: false });
  };
  const ask = () => {
    abort = new AbortController();
    const { signal } = abort;
    after(probeDeadlineMs, () => abort.abort());
    const judge = (answer: unknown) => {
      timer.cancel();
      inRow = answer === true && !signal.aborted ? inRow + 1 : 0;
      if (isStopped) return;
      if (inRow >= successes) onRestored();
      else after(probeEveryMs, ask);
    };
    (async () => probe(signal))().then(judge, () => judge(false));
  };
  after(probeEveryMs, ask);
  return () => {
    isStopped = true;
    timer.cancel();
    abort.abort();
  };
}
