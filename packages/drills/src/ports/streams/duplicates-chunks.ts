import type { Effect } from '../call.ts';
import type { Turns } from '../turn.ts';
import type { StreamAnswer } from './broken-stream.ts';
import { chunkTurns } from './chunk-turns.ts';
import { streamEffect } from './stream-effect.ts';

/** Chunks come twice, as after a resend: all, or those of `turns`. */
export function duplicatesChunks(turns: Turns = {}): Effect<never, StreamAnswer> {
  const choosing = chunkTurns('duplicatesChunks', turns);
  return streamEffect('duplicatesChunks', async function* (chunks, stream) {
    const isChosen = choosing(stream);
    for await (const chunk of chunks) {
      yield chunk;
      if (isChosen()) yield chunk;
    }
  });
}
