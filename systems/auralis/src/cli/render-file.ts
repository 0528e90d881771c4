import { peak, toDbfs } from '@sustain/audio';
import { seededRandom } from '@sustain/kernel';
import {
  createComposer,
  defaultParameters,
  type MusicParameters,
  SAMPLE_RATE_HZ,
} from '../composition/index.ts';
import { musicSeed } from '../music-seed.ts';
import { renderStretches } from '../render-offline.ts';
import { createCpuEngine } from '../synthesis/index.ts';
import { WavFile } from './wav-file.ts';

export interface RenderFileOptions {
  readonly path: string;
  /** How much, above 0. */
  readonly seconds: number;
  /** The music is that of `sustain up --seed` with the same one, as it is from its start. */
  readonly seed: string;
  /** Those left out are the defaults. */
  readonly parameters?: Partial<MusicParameters> | undefined;
  readonly overwrites?: boolean | undefined;
  /** Whether what there is by then stays, under its partial name, when `signal` ends it. Default false. */
  readonly keepsPartial?: boolean | undefined;
  /** Ends it: the promise rejects with its reason. */
  readonly signal: AbortSignal;
  /** Told after every second of audio. */
  readonly onProgress?: (progress: RenderProgress) => void;
  /** Told where what there was is kept, when `signal` has ended it. */
  readonly onKept?: (partialPath: string) => void;
}

export interface RenderProgress {
  readonly renderedSeconds: number;
  readonly totalSeconds: number;
}

/** What was rendered. */
export interface RenderedFile {
  readonly path: string;
  readonly frames: number;
  readonly peakDbfs: number;
}

/**
 * Renders music to a WAV file, as fast as one core can, and in constant memory. The file is there when it is whole.
 * Rejects with INVALID_PARAMETERS, ENGINE_NOT_BUILT, WAV_TOO_LARGE or RECORDING_EXISTS before anything is written, and
 * with what the disk refuses.
 */
export async function renderFile(options: RenderFileOptions): Promise<RenderedFile> {
  const { path, seconds, seed, parameters, overwrites, signal } = options;
  const frames = Math.round(seconds * SAMPLE_RATE_HZ);
  const composer = createComposer({
    limitMs: Number.POSITIVE_INFINITY,
    seed: musicSeed(seededRandom(seed)),
    parameters: { ...defaultParameters, ...parameters },
  });
  const engine = await createCpuEngine();
  const format = { sampleRateHz: SAMPLE_RATE_HZ, channels: 2 };
  const file = await WavFile.create(path, { ...format, maxFrames: frames, overwrites });
  let loudest = 0;
  try {
    for (const stretch of renderStretches(composer, engine, frames)) {
      signal.throwIfAborted();
      loudest = Math.max(loudest, peak(stretch));
      await file.write(stretch);
      options.onProgress?.({ renderedSeconds: file.frames / SAMPLE_RATE_HZ, totalSeconds: seconds });
    }
  } catch (error) {
    if (options.keepsPartial && signal.aborted) {
      await file.keep();
      options.onKept?.(file.partialPath);
    } else {
      await file.discard();
    }
    throw error;
  }
  await file.finish();
  return { path: file.path, frames, peakDbfs: toDbfs(loudest) };
}
