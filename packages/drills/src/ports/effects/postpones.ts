import type { Effect } from '../call.ts';
import { checkDelay, type DelayRange, drawDelay, inMs } from '../delay-range.ts';

/**
 * A message comes later, and those after it may come before it. For methods and listeners that answer nothing: who
 * calls does not wait. What is on its way when the injection ends comes then.
 */
export function postpones(delay: number | DelayRange): Effect<undefined> {
  checkDelay('postpones', delay);
  return {
    name: 'postpones',
    begin: () => (call) => {
      const delayMs = drawDelay(delay, call.random);
      call.note(inMs(delayMs));
      call.later(delayMs, () => void call.proceed());
      return undefined;
    },
  };
}
