import { checkOptions } from '@sustain/kernel/options';
import type { Effect } from '../call.ts';
import type { StreamAnswer } from './broken-stream.ts';
import { streamEffect } from './stream-effect.ts';

export interface FrameLoss {
  /** How many of the frames (chunks) are lost in the long run, above 0 and at most 0.9. */
  readonly ratio: number;
  /** How many are lost in a row on average, 1 or more. Default 1. */
  readonly burstFrames?: number;
}

/**
 * Frames are lost in bursts, as by radio and by full queues: the simple model of E. N. Gilbert, "Capacity of a burst-noise
 * channel", Bell System Technical Journal 39(5), 1960, in which all are lost in the bad state and none in the good.
 * A loss begins with the chance ratio / (burst × (1 − ratio)) and ends with 1 / burst. Throws a RangeError when that
 * cannot be: a high ratio needs long bursts.
 */
export function losesFrames({ ratio, burstFrames = 1 }: FrameLoss): Effect<never, StreamAnswer> {
  checkOptions('effect losesFrames', {
    ratio: [ratio, { least: 0, above: true, most: 0.9 }],
    burstFrames: [burstFrames, { least: Math.max(rounded(ratio / (1 - ratio)), 1) }],
  });
  return streamEffect('losesFrames', async function* (frames, stream) {
    let isLosing = false;
    let number = 0;
    for await (const frame of frames) {
      number++;
      const change = isLosing ? 1 / burstFrames : ratio / (burstFrames * (1 - ratio));
      if (stream.random.next() < change) isLosing = !isLosing;
      if (isLosing && stream.isBroken) stream.note(`frame ${number}`);
      else yield frame;
    }
  });
}

/** 0.9 / (1 - 0.9) is more than 9. */
const rounded = (ratio: number): number => Math.round(ratio * 1e9) / 1e9;
