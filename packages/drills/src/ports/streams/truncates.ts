import { checkOption } from '@sustain/kernel/options';
import type { Effect } from '../call.ts';
import { checkMakeError, errorText, injectedError, type MakeError } from '../errors/index.ts';
import type { StreamAnswer } from './broken-stream.ts';
import { streamEffect } from './stream-effect.ts';

export interface TruncateOptions {
  /** 0 or more; 0 leaves none. */
  readonly afterChunks: number;
  /** What it breaks off with: `connectionReset`. Default: nothing, it ends as if that had been all. */
  readonly error?: MakeError;
}

/** A stream that ends after so many chunks, without waiting for the next. */
export function truncates({ afterChunks, error }: TruncateOptions): Effect<never, StreamAnswer> {
  checkOption('afterChunks of truncates', afterChunks, { least: 0, whole: true });
  if (error) checkMakeError('truncates', error);
  return streamEffect('truncates', async function* (chunks, stream) {
    const source = chunks[Symbol.asyncIterator]();
    for (let passed = 0; passed !== afterChunks || !stream.isBroken; passed++) {
      const { done, value } = await source.next();
      if (done) return;
      yield value;
    }
    const thrown = error && injectedError(error);
    stream.note(`after chunk ${afterChunks}${thrown ? ` ${errorText(thrown)}` : ''}`);
    if (thrown) throw thrown;
  });
}
