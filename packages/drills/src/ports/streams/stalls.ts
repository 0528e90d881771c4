import { checkOption, FOREVER } from '@sustain/kernel/options';
import type { Effect } from '../call.ts';
import type { StreamAnswer } from './broken-stream.ts';
import { streamEffect } from './stream-effect.ts';

export interface StallOptions {
  /** 0 or more; 0 stalls before the first. */
  readonly afterChunks: number;
  /** How long. Default: until the injection ends. */
  readonly forMs?: number;
}

/** A stream that stops after so many chunks, and neither ends nor fails. It obeys an AbortSignal as `hangs` does. */
export function stalls({ afterChunks, forMs = FOREVER }: StallOptions): Effect<never, StreamAnswer> {
  checkOption('afterChunks of stalls', afterChunks, { least: 0, whole: true });
  checkOption('forMs of stalls', forMs, { least: 0, above: true });
  return streamEffect('stalls', async function* (chunks, stream) {
    let left = afterChunks;
    const stall = async () => {
      if (left-- !== 0 || !stream.isBroken) return;
      stream.note(`after chunk ${afterChunks}`);
      await stream.pause(forMs);
    };
    await stall();
    for await (const chunk of chunks) {
      yield chunk;
      await stall();
    }
  });
}
