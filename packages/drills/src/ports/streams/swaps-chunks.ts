import type { Effect } from '../call.ts';
import type { Turns } from '../turn.ts';
import type { StreamAnswer } from './broken-stream.ts';
import { chunkTurns } from './chunk-turns.ts';
import { streamEffect } from './stream-effect.ts';

/** Chunks come after the one that follows them: each second one, or those of `turns`. */
export function swapsChunks(turns: Turns = {}): Effect<never, StreamAnswer> {
  const choosing = chunkTurns('swapsChunks', turns);
  return streamEffect('swapsChunks', async function* (chunks, stream) {
    const isChosen = choosing(stream);
    let held: { readonly chunk: unknown } | undefined;
    for await (const chunk of chunks) {
      if (!held && isChosen()) {
        held = { chunk };
        continue;
      }
      yield chunk;
      if (held) yield held.chunk;
      held = undefined;
    }
    if (held) yield held.chunk;
  });
}
