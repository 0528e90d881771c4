import { checkOption, FOREVER } from '@sustain/kernel/options';
import type { Effect } from '../call.ts';
import type { StreamAnswer } from './broken-stream.ts';
import { streamEffect } from './stream-effect.ts';

export interface StallOptions {
  /** 0 or more; 0 stalls before the first. */
  readonly afterChunks: number;
  /** How long. Default: until the injection ends. */
  readonly forMs?: number;
  /** Whether the AbortSignal among the arguments of the call is ignored. Default false. */
  readonly deaf?: boolean;
}

/**
 * A stream that stops after so many chunks, and neither ends nor fails. It obeys an AbortSignal as `hangs` does, and lets
 * a reader go who has had enough.
 */
export function stalls({
  afterChunks,
  forMs = FOREVER,
  deaf = false,
}: StallOptions): Effect<never, StreamAnswer> {
  checkOption('afterChunks of stalls', afterChunks, { least: 0, whole: true });
  checkOption('forMs of stalls', forMs, { least: 0, above: true });
  return streamEffect('stalls', async function* (chunks, stream) {
    const source = chunks[Symbol.asyncIterator]();
    for (let passed = 0; ; passed++) {
      if (passed === afterChunks && stream.isBroken) {
        stream.note(`after chunk ${afterChunks}`);
        await stream.pause(forMs, { deaf });
      }
      const { done, value } = await source.next();
      if (done) return;
      yield value;
    }
  });
}
