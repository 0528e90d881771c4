import type { Effect } from '../call.ts';
import { checkDelay, type DelayRange, drawDelay, inMs } from '../delay-range.ts';

/** The call is made later: `delays(200)`, or drawn for each: `delays({ fromMs: 20, toMs: 300 })`. Obeys as `hangs` does. */
export function delays(delay: number | DelayRange): Effect<Promise<never>> {
  checkDelay('delays', delay);
  return {
    name: 'delays',
    begin: () => async (call) => {
      const delayMs = drawDelay(delay, call.random);
      call.note(inMs(delayMs));
      await call.pause(delayMs);
      return call.proceed() as never;
    },
  };
}
