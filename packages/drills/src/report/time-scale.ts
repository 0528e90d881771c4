import { stepAbove } from '../durations/index.ts';

/** Where times are on an axis, and what is written on it. */
export interface TimeScale {
  /** 0..1000 for 0 ms to `endMs`; what is outside is at the end that it is beyond. */
  readonly at: (ms: number) => number;
  readonly endMs: number;
  /** Powers of ten, from 1 ms. */
  readonly ticksMs: readonly number[];
}

/**
 * The scale that all drills share: logarithmic, because detection takes milliseconds and restoring takes seconds, and
 * with a 0, because every drill begins there: the logarithm of 1 + ms.
 */
export function timeScale(longestMs: number): TimeScale {
  const endMs = Math.max(10, stepAbove(longestMs));
  const whole = Math.log1p(endMs);
  const ticksMs: number[] = [];
  for (let tick = 1; tick <= endMs; tick *= 10) ticksMs.push(tick);
  const at = (ms: number) => Math.round((1000 * Math.log1p(Math.min(Math.max(ms, 0), endMs))) / whole);
  return { at, endMs, ticksMs };
}
