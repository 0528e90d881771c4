import { COUNT, checkOptions, FUNCTION, POSITIVE } from '../options/index.ts';
import { pipeline, timeout } from '../policies/index.ts';
import type { Clock } from '../time/index.ts';

/** How a feature comes back by itself. */
export interface RestoreOptions {
  /**
   * Looks whether what broke works again: `true` says that it does; anything else, a throw or no answer in time that
   * it does not. It should heed its signal, which aborts at its deadline and when nobody wants to know any more.
   * Default: none, the feature comes back by `enable`.
   */
  readonly probe?: (signal: AbortSignal) => boolean | Promise<boolean>;
  /** The wait before the first probe, and from the end of each to the next; so long a probe may take. Above 0. Default 10,000. */
  readonly probeEveryMs?: number;
  /** How many probes in a row must succeed. A whole number, 1 or more. Default 2. */
  readonly successes?: number;
}

/**
 * Probes until enough probes in a row have succeeded, and then calls `onRestored` once. Answers the way to stop. Never
 * two probes at a time: one that goes on beyond its deadline has failed, and the next waits until it has ended. Throws
 * a RangeError or TypeError when an option is out of range.
 */
export function probeUntilRestored(
  { probe, probeEveryMs = 10_000, successes = 2 }: RestoreOptions,
  clock: Clock,
  onRestored: () => void,
): () => void {
  checkOptions('feature', {
    probe: [probe, FUNCTION],
    probeEveryMs: [probeEveryMs, POSITIVE],
    successes: [successes, COUNT],
  });
  const controller = new AbortController();
  const { signal } = controller;
  const asking = pipeline({ clock }, timeout(probeEveryMs, { mode: 'cooperative' }));
  async function ask(isRestored: NonNullable<typeof probe>): Promise<void> {
    for (let inRow = 0; inRow < successes; ) {
      await clock.sleep(probeEveryMs, { signal, keepAlive: false });
      const answer = await asking.run((attempt) => isRestored(attempt.signal), { signal }).catch(() => false);
      inRow = answer === true ? inRow + 1 : 0;
    }
    if (!signal.aborted) onRestored();
  }
  if (probe) ask(probe).catch(() => undefined);
  return () => controller.abort();
}
