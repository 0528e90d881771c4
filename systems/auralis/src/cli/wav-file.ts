import { type FileHandle, link, open, realpath, rename, rm, stat } from 'node:fs/promises';
import process from 'node:process';
import { encodePcm16, PCM16_BYTES, wavHeader } from '@sustain/audio';
import { recordingFaults } from './faults.ts';

export interface WavFileOptions {
  readonly sampleRateHz: number;
  readonly channels: number;
  /** How many sample frames there will be at most, where that is known. More than a WAV file holds is WAV_TOO_LARGE. */
  readonly maxFrames?: number | undefined;
  /** Whether it may take the place of a file that is there. Default false: then that is RECORDING_EXISTS. */
  readonly overwrites?: boolean | undefined;
}

/** Most sample frames of 16 bit that a WAV file with so many channels can announce: 6.7 hours of 44.1 kHz stereo. */
export function mostWavFrames(channels: number): number {
  return Math.floor((0xffff_ffff - 1 - HEADER_BYTES) / (channels * PCM16_BYTES));
}

/**
 * A WAV file of 16 bit that is written as the audio comes, and is whole or not there: until `finish` it stands beside its
 * place, as `NAME.<pid>.part`, with a header from which readers read to the end, should this process die. One call at a
 * time. What the disk refuses is thrown as it comes (ENOSPC, EACCES, ENOENT …).
 */
export class WavFile {
  /** Where it will stand. */
  readonly path: string;
  /** Where it stands until then. */
  readonly partialPath: string;
  readonly #file: FileHandle;
  readonly #options: WavFileOptions;
  #frames = 0;
  #bytes = new Uint8Array(0);

  private constructor(path: string, partialPath: string, file: FileHandle, options: WavFileOptions) {
    this.path = path;
    this.partialPath = partialPath;
    this.#file = file;
    this.#options = options;
  }

  /** Begins a file. Rejects, and has made nothing, when it could not be finished: RECORDING_EXISTS, WAV_TOO_LARGE. */
  static async create(path: string, options: WavFileOptions): Promise<WavFile> {
    headerOf(options, options.maxFrames);
    const target = await placeOf(path, options.overwrites === true);
    const { partialPath, file } = await openNew(target);
    try {
      await writeAll(file, headerOf(options), 0);
      return new WavFile(target, partialPath, file, options);
    } catch (error) {
      await file.close();
      await rm(partialPath, { force: true });
      throw error;
    }
  }

  /** Sample frames written. */
  get frames(): number {
    return this.#frames;
  }

  /** Appends planar audio, of which `frames` sample frames from `startFrame` on. Nothing of it is kept. */
  async write(
    channels: readonly Float32Array[],
    frames = channels[0]?.length ?? 0,
    startFrame = 0,
  ): Promise<void> {
    const sizeBytes = frames * channels.length * PCM16_BYTES;
    if (this.#bytes.length < sizeBytes) this.#bytes = new Uint8Array(sizeBytes);
    encodePcm16(channels, startFrame, frames, this.#bytes);
    await writeAll(this.#file, this.#bytes.subarray(0, sizeBytes), this.#endBytes);
    this.#frames += frames;
  }

  /**
   * Puts it in its place, whole. Rejects with RECORDING_EXISTS, and leaves it where it is, when a file has come there
   * meanwhile.
   */
  async finish(): Promise<void> {
    await this.keep();
    if (this.#options.overwrites) await rename(this.partialPath, this.path);
    else await moveWhereNothingIs(this.partialPath, this.path);
  }

  /** Ends it where it stands, as a file that is whole as far as it goes; also when the last write failed. */
  async keep(): Promise<void> {
    try {
      await this.#file.truncate(this.#endBytes);
      await writeAll(this.#file, headerOf(this.#options, this.#frames), 0);
      await this.#file.sync();
    } finally {
      await this.#file.close();
    }
  }

  /** Ends it, and takes it away. */
  async discard(): Promise<void> {
    await this.#file.close();
    await rm(this.partialPath, { force: true });
  }

  get #endBytes(): number {
    return HEADER_BYTES + this.#frames * this.#options.channels * PCM16_BYTES;
  }
}

/** Of 16-bit audio. */
const HEADER_BYTES = 44;

function headerOf({ sampleRateHz, channels }: WavFileOptions, frames?: number): Uint8Array {
  return wavHeader({ sampleRateHz, channels, encoding: 'pcm16', ...(frames !== undefined && { frames }) });
}

/** A file of ours beside it: never one that is there, which may have been kept, nor a link that somebody has put there. */
async function openNew(target: string): Promise<{ readonly partialPath: string; readonly file: FileHandle }> {
  for (let number = 0; ; number++) {
    const partialPath = `${target}.${process.pid}${number === 0 ? '' : `-${number}`}.part`;
    try {
      return { partialPath, file: await open(partialPath, 'wx') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || number === MOST_KEPT) throw error;
    }
  }
}

/** Parts of one file that may have been kept. */
const MOST_KEPT = 100;

/** The path; of what is there already without symbolic links: what is written over is a file, never a link or a device. */
async function placeOf(path: string, overwrites: boolean): Promise<string> {
  const there = await stat(path).catch(absent);
  if (there === undefined) return path;
  const isFile = there.isFile();
  if (!overwrites || !isFile) throw recordingFaults.RECORDING_EXISTS({ path, isFile });
  return realpath(path);
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}

/** A rename would write over what has come there meanwhile; a link does not, but not every file system has links. */
async function moveWhereNothingIs(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw recordingFaults.RECORDING_EXISTS({ path: to, isFile: true, keptAs: from });
    if (!WITHOUT_LINKS.has(code)) throw error;
    await rename(from, to);
    return;
  }
  await rm(from);
}

const WITHOUT_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

async function writeAll(file: FileHandle, bytes: Uint8Array, positionBytes: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, positionBytes + done);
    done += bytesWritten;
  }
}
