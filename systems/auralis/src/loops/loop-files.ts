import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readWav, validateAudio, writeWav } from '@sustain/audio';
import { classify } from '@sustain/kernel';
import { type Key, type Mode, SAMPLE_RATE_HZ } from '../composition/index.ts';
import { auralisFaults } from '../faults.ts';
import type { Loop } from './loop.ts';

/** Loops as WAV files of a folder, which is made when it is first written to. One process at a time writes there. */
export class LoopFiles {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined when it was never written. Rejects with LOOP_FILE_UNUSABLE when what is there is no such loop. */
  async read(key: Key, mode: Mode): Promise<Loop | undefined> {
    const path = this.#pathOf(key, mode);
    try {
      const { channels, sampleRateHz } = readWav(await readFile(path));
      const verdict = validateAudio(channels, { expectedFrames: channels[0]?.length ?? 0 });
      const [left, right] = channels;
      if (!verdict.ok) throw new Error(verdict.message);
      if (sampleRateHz !== SAMPLE_RATE_HZ || left === undefined || right === undefined)
        throw new Error('it is no stereo of 44.1 kHz');
      if (left.length < LEAST_FRAMES) throw new Error('it is too short');
      if (verdict.peak === 0) throw new Error('it is silent');
      return { key, mode, left, right };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw unusable(path, error);
    }
  }

  /** Whole or not at all. Rejects with LOOP_FILE_UNUSABLE. */
  async write({ key, mode, left, right }: Loop): Promise<void> {
    const path = this.#pathOf(key, mode);
    const partPath = `${path}.part`;
    try {
      await mkdir(this.#folder, { recursive: true });
      const file = await open(partPath, 'w');
      try {
        await file.writeFile(writeWav({ sampleRateHz: SAMPLE_RATE_HZ, channels: [left, right] }));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(partPath, path);
    } catch (error) {
      await rm(partPath, { force: true }).catch(() => undefined); // why it was not written says more
      throw unusable(path, error);
    }
  }

  #pathOf(key: Key, mode: Mode): string {
    return join(this.#folder, `loop-${VERSION}-${key.replace('#', '-sharp')}-${mode}.wav`);
  }
}

function unusable(path: string, cause: unknown): Error {
  return auralisFaults.LOOP_FILE_UNUSABLE({ path, reason: classify(cause).message }, { cause });
}

/** The shortest that was ever made has 8 s. */
const LEAST_FRAMES = 8 * SAMPLE_RATE_HZ;
/** Another one when loops are rendered otherwise. */
const VERSION = 1;
