import type { Clock } from '@sustain/kernel';
import type { Effect } from '../call.ts';
import { checkDelay, type DelayRange, drawDelay, inMs } from '../delay-range.ts';
import type { StreamAnswer } from './broken-stream.ts';
import { streamEffect } from './stream-effect.ts';

/**
 * Each chunk arrives later than it was sent by a time that is drawn for it. Their order stays: later ones wait for those
 * before them. What is on its way does not keep the source from sending: up to 64 chunks are read ahead.
 */
export function jitters(delay: number | DelayRange): Effect<never, StreamAnswer> {
  checkDelay('jitters', delay);
  return streamEffect('jitters', async function* (chunks, stream) {
    const nextSent = readAhead(chunks[Symbol.asyncIterator](), stream.clock);
    let dueMs = 0;
    for (let number = 1; ; number++) {
      const sent = await nextSent();
      if ('error' in sent) throw sent.error;
      if (sent.result.done) return;
      if (stream.isBroken) {
        const delayMs = drawDelay(delay, stream.random);
        stream.note(`chunk ${number} ${inMs(delayMs)}`);
        dueMs = Math.max(dueMs, sent.atMs + delayMs);
        await stream.pause(Math.max(dueMs - stream.clock.monotonicMs(), 0));
      }
      yield sent.result.value;
    }
  });
}

const CHUNKS_AHEAD = 64;

type Sent = { readonly result: IteratorResult<unknown>; readonly atMs: number } | { readonly error: unknown };

/** Asks for one chunk after the other, and keeps when each came. */
function readAhead(source: AsyncIterator<unknown>, clock: Clock): () => Promise<Sent> {
  const ask = async (): Promise<Sent> => {
    try {
      return { result: await source.next(), atMs: clock.monotonicMs() };
    } catch (error) {
      return { error }; // For whoever reads it, once it is its turn.
    }
  };
  const asked: Promise<Sent>[] = [];
  let last: Promise<Sent> | undefined;
  return () => {
    while (asked.length < CHUNKS_AHEAD) {
      last = last ? last.then((sent) => (isLast(sent) ? sent : ask())) : ask();
      asked.push(last);
    }
    return asked.shift() as Promise<Sent>;
  };
}

const isLast = (sent: Sent): boolean => 'error' in sent || sent.result.done === true;
