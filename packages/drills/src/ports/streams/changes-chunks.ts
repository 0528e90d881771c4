import type { Random } from '@sustain/kernel';
import { checkOption, FUNCTION } from '@sustain/kernel/options';
import type { Effect } from '../call.ts';
import type { Turns } from '../turn.ts';
import type { ChunkOf } from './broken-stream.ts';
import { chunkTurns } from './chunk-turns.ts';
import { streamEffect } from './stream-effect.ts';

/**
 * Chunks, all or those of `turns`, are replaced by wrong ones: `changesChunks(silent)` is the success with zero audio,
 * `changesChunks(notNumbers, { probability: 0.1 })` damages some.
 */
export function changesChunks<Answer>(
  change: (chunk: ChunkOf<Answer>, random: Random) => unknown,
  turns: Turns = {},
): Effect<never, Answer> {
  checkOption('change of changesChunks', change ?? null, FUNCTION);
  const choosing = chunkTurns('changesChunks', turns);
  return streamEffect('changesChunks', async function* (chunks, stream) {
    const isChosen = choosing(stream);
    for await (const chunk of chunks) {
      yield isChosen() ? change(chunk as ChunkOf<Answer>, stream.random) : chunk;
    }
  }) as Effect<never, never> as Effect<never, Answer>;
}
