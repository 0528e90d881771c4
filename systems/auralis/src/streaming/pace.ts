import type { Clock } from '@sustain/kernel';

/**
 * Calls `beat` once for every `periodMs` that passes, until `signal` aborts. Beats do not drift: each is due at a
 * multiple of the period after the start. Late beats are made up for at once, up to `maxBehindMs`; further behind
 * (the machine slept), the beat goes on from now, for a burst would help nobody.
 */
export async function pace(
  beat: () => void,
  periodMs: number,
  { clock, signal, maxBehindMs = 2000 }: { clock: Clock; signal: AbortSignal; maxBehindMs?: number },
): Promise<void> {
  let dueMs = clock.monotonicMs();
  while (!signal.aborted) {
    const nowMs = clock.monotonicMs();
    if (nowMs - dueMs > maxBehindMs) dueMs = nowMs;
    for (; dueMs <= nowMs; dueMs += periodMs) beat();
    try {
      await clock.sleep(dueMs - nowMs, { signal });
    } catch (reason) {
      if (!signal.aborted) throw reason;
    }
  }
}
