import { checkOption } from '@sustain/kernel/options';
import type { Effect } from '../call.ts';
import type { StreamAnswer } from './broken-stream.ts';
import { streamEffect } from './stream-effect.ts';

/**
 * The source's clock runs fast (above 0) or slow, by so many parts per million: its stream of mono samples brings too
 * many or too few, one doubled or left out wherever a whole sample is due. Real sound cards are off by up to 100.
 * What is neither Float32Array nor Int16Array passes as it is.
 */
export function drifts(partsPerMillion: number): Effect<never, StreamAnswer> {
  checkOption('partsPerMillion of drifts', partsPerMillion, { least: -500_000, most: 500_000 });
  return streamEffect('drifts', async function* (chunks, stream) {
    let number = 0;
    let dueParts = 0;
    for await (const chunk of chunks) {
      number++;
      if (!isSamples(chunk) || !stream.isBroken) {
        yield chunk;
        continue;
      }
      const out: number[] = [];
      for (const sample of chunk) {
        dueParts += partsPerMillion;
        const due = Math.trunc(dueParts / 1_000_000);
        dueParts -= due * 1_000_000;
        for (let copies = 1 + due; copies > 0; copies--) out.push(sample);
      }
      if (out.length !== chunk.length) stream.note(`chunk ${number} ${out.length - chunk.length} samples`);
      yield new (chunk.constructor as new (samples: number[]) => Samples)(out);
    }
  });
}

type Samples = Float32Array | Int16Array;

const isSamples = (chunk: unknown): chunk is Samples =>
  chunk instanceof Float32Array || chunk instanceof Int16Array;
