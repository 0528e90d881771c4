import { phraseLayout, STATE_WORDS } from './effects.wgsl.ts';
import { GpuError } from './gpu-error.ts';
import { noiseLayout } from './noises.ts';
import { CHUNK } from './note.ts';
import { padLayout } from './pads.ts';
import type { Patch } from './patch.ts';
import { toneLayout } from './tones.ts';

/** What may be used. */
export interface BatchLimits {
  /** Of all buffers together. */
  readonly maxBytes: number;
  /** Of each buffer. */
  readonly maxBufferBytes: number;
}

/** Phrases that are rendered side by side, block by block. */
export interface Round {
  /** How many of the phrases waiting, from the first on. */
  readonly phrases: number;
  readonly blockFrames: number;
  /** Bytes of each buffer; all are multiples of 4. */
  readonly buffers: Buffers;
  /** Bytes of all buffers together. */
  readonly bytes: number;
}

export interface Buffers {
  readonly pads: number;
  readonly tones: number;
  readonly noises: number;
  /** Which notes of a kind sound in a block. There are three of them. */
  readonly active: number;
  readonly phrases: number;
  readonly gains: number;
  readonly samples: number;
  readonly lines: number;
  /** There are three of them: one is rendered to, two are read from. */
  readonly output: number;
}

/** Frames of a block where memory allows: short enough to stay in caches, long enough to be worth a dispatch. */
const BLOCK_FRAMES = 4096;
const LEAST_BLOCK_FRAMES = 4 * CHUNK;

/**
 * How many of the phrases waiting, of which there must be one, are rendered at once, and in what blocks: as many as fit,
 * in the longest blocks in which one fits. Throws GPU_OUT_OF_MEMORY when not even one does.
 */
export function nextRound(waiting: readonly Patch[], limits: BatchLimits): Round {
  const longest = waiting.reduce((most, { frames }) => Math.max(most, frames), 0);
  for (let blockFrames = BLOCK_FRAMES; blockFrames >= LEAST_BLOCK_FRAMES; blockFrames /= 2) {
    if (blockFrames / 2 >= Math.max(longest, LEAST_BLOCK_FRAMES)) continue;
    const round = largestRound(waiting, blockFrames, limits);
    if (round !== undefined) return round;
  }
  const needed = smallestRoundBytes(waiting);
  throw new GpuError(
    'GPU_OUT_OF_MEMORY',
    `one phrase needs ${needed} bytes of the GPU's memory; ${limits.maxBytes} may be used`,
  );
}

/** What the first phrase waiting takes alone, in the shortest blocks. */
export function smallestRoundBytes(waiting: readonly Patch[]): number {
  const alone = largestRound(waiting.slice(0, 1), LEAST_BLOCK_FRAMES, UNLIMITED);
  return alone?.bytes ?? 0;
}

const UNLIMITED: BatchLimits = {
  maxBytes: Number.POSITIVE_INFINITY,
  maxBufferBytes: Number.POSITIVE_INFINITY,
};

function largestRound(
  waiting: readonly Patch[],
  blockFrames: number,
  { maxBytes, maxBufferBytes }: BatchLimits,
): Round | undefined {
  let round: Round | undefined;
  const count = { pads: 0, tones: 0, noises: 0, slots: 0 };
  for (const [index, patch] of waiting.entries()) {
    count.pads += patch.pads.length;
    count.tones += patch.tones.length;
    count.noises += patch.noises.length;
    count.slots += mostSounding(patch, blockFrames);
    const phrases = index + 1;
    const buffers: Buffers = {
      pads: atLeastOne(count.pads) * padLayout.words * 4,
      tones: atLeastOne(count.tones) * toneLayout.words * 4,
      noises: atLeastOne(count.noises) * noiseLayout.words * 4,
      active: (count.slots + 1) * 8,
      phrases: phrases * phraseLayout.words * 4,
      gains: atLeastOne(count.slots) * 16,
      samples: atLeastOne(count.slots) * blockFrames * 4,
      lines: phrases * STATE_WORDS * 4,
      output: phrases * 2 * blockFrames * 4,
    };
    const bytes = sum(Object.values(buffers)) + 2 * (buffers.active + buffers.output);
    if (bytes > maxBytes || Math.max(...Object.values(buffers)) > maxBufferBytes) break;
    round = { phrases, blockFrames, buffers, bytes };
  }
  return round;
}

/** The most notes of a phrase that sound in one block. */
function mostSounding({ frames, pads, tones, noises }: Patch, blockFrames: number): number {
  const counts = new Uint32Array(Math.ceil(frames / blockFrames));
  for (const { firstFrame, freeFrame } of [...pads, ...tones, ...noises]) {
    const last = Math.min(frames, freeFrame) - 1;
    for (let block = Math.floor(firstFrame / blockFrames); block * blockFrames <= last; block++) {
      counts[block] = (counts[block] as number) + 1;
    }
  }
  return counts.reduce((most, count) => Math.max(most, count), 0);
}

/** A buffer must not be empty. */
function atLeastOne(count: number): number {
  return Math.max(1, count);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
