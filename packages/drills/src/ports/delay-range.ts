import type { Random } from '@sustain/kernel';
import { checkOption, WAIT } from '@sustain/kernel/options';

/** The bounds between which a delay is drawn, uniformly. */
export interface DelayRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** @internal Throws unless it is a delay, or a range of delays. */
export function checkDelay(of: string, delay: number | DelayRange): void {
  const { fromMs, toMs } = rangeOf(delay);
  checkOption(`fromMs of ${of}`, fromMs, WAIT);
  checkOption(`toMs of ${of}`, toMs, { ...WAIT, least: fromMs });
}

/** @internal Draws nothing when there is nothing to choose. */
export function drawDelay(delay: number | DelayRange, random: Random): number {
  const { fromMs, toMs } = rangeOf(delay);
  return fromMs === toMs ? fromMs : fromMs + random.next() * (toMs - fromMs);
}

/** @internal */
export const inMs = (delayMs: number): string => `${Number(delayMs.toFixed(3))} ms`;

const rangeOf = (delay: number | DelayRange): DelayRange =>
  typeof delay === 'number' ? { fromMs: delay, toMs: delay } : delay;
