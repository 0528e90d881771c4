import type { Effect } from '../call.ts';
import { checkDelay, type DelayRange, drawDelay, inMs } from '../delay-range.ts';
import type { StreamAnswer } from './broken-stream.ts';
import { streamEffect } from './stream-effect.ts';

/** Each chunk comes later by a time that is drawn for it. Their order stays: later ones wait for those before them. */
export function jitters(delay: number | DelayRange): Effect<never, StreamAnswer> {
  checkDelay('jitters', delay);
  return streamEffect('jitters', async function* (chunks, stream) {
    let number = 0;
    for await (const chunk of chunks) {
      number++;
      if (stream.isBroken) {
        const delayMs = drawDelay(delay, stream.random);
        stream.note(`chunk ${number} ${inMs(delayMs)}`);
        await stream.pause(delayMs);
      }
      yield chunk;
    }
  });
}
