import { decodeFrame, decodePcm16, frameFlags, fromDbfs, rms } from '@sustain/audio';
import { pipeline, timeout } from '@sustain/kernel';
import { StreamClient } from './stream-client.ts';

/** What is kept of a frame. */
export interface HeardFrame {
  readonly sequence: number;
  /** Its flags; 0 when it is as composed. */
  readonly flags: number;
  /** RMS of both channels. */
  readonly level: number;
}

/** The good listener of a drill, who hears all along, and whom nothing that others do may disturb. */
export class Ear {
  readonly #client: StreamClient<HeardFrame>;

  private constructor(client: StreamClient<HeardFrame>) {
    this.#client = client;
  }

  static async connect(url: string): Promise<Ear> {
    return new Ear(await StreamClient.connect(url, hear));
  }

  /**
   * Listens until there are 200 ms of sound, all of it from now on. Answers whether it is what was composed, or
   * something lesser. Rejects with TIMED_OUT when there is none within a second; and with the reason of `signal`.
   */
  async hear(signal: AbortSignal): Promise<'intact' | 'lesser'> {
    const { frames } = this.#client;
    const from = frames.length;
    const latest = () => frames.slice(from).slice(-ENOUGH_FRAMES);
    await patience.run((attempt) => this.#client.until(() => sounds(latest()), attempt.signal), { signal });
    return isInOrder(latest()) && latest().every(({ flags }) => flags === 0) ? 'intact' : 'lesser';
  }

  /** Throws when a frame is missing, or is there twice. */
  expectNoneLost(): void {
    const { frames } = this.#client;
    const wrong = frames.findIndex(({ sequence }, i) => sequence !== (frames[0]?.sequence ?? 0) + i);
    if (wrong !== -1) {
      throw new Error(`after frame ${frames[wrong - 1]?.sequence} came ${frames[wrong]?.sequence}`);
    }
    if (frames.some(({ flags }) => (flags & frameFlags.discontinuity) !== 0)) {
      throw new Error('the good listener was not sent all');
    }
  }

  /** Throws when a frame is missing, or is anything but what was composed. */
  expectUndisturbed(): void {
    this.expectNoneLost();
    const lesser = this.#client.frames.filter(({ flags }) => flags !== 0).length;
    if (lesser > 0) throw new Error(`the good listener heard ${lesser} frames that are not as composed`);
  }

  /** Throws when a frame was faded or cut, for want of what was to be heard. */
  expectNothingConcealed(): void {
    this.expectNoneLost();
    const concealed = this.#client.frames.filter(({ flags }) => (flags & frameFlags.concealed) !== 0).length;
    if (concealed > 0) throw new Error(`the good listener heard ${concealed} frames that were concealed`);
  }

  stop(): void {
    this.#client.stop();
  }
}

/** Frames of 40 ms. */
const ENOUGH_FRAMES = 5;

/** The music is above -32 dBFS, by all seeds that were tried; a tail that nothing follows falls below. */
const AUDIBLE = fromDbfs(-50);

const patience = pipeline({ name: 'a listener' }, timeout(1000));

function sounds(frames: readonly HeardFrame[]): boolean {
  const power = frames.reduce((sum, { level }) => sum + level ** 2, 0) / ENOUGH_FRAMES;
  return frames.length === ENOUGH_FRAMES && Math.sqrt(power) > AUDIBLE;
}

function isInOrder(frames: readonly HeardFrame[]): boolean {
  return frames.every(({ sequence }, i) => sequence === (frames[0]?.sequence ?? 0) + i);
}

/** What a frame holds is not kept, only how loud it is. */
function hear(data: Buffer): HeardFrame {
  const { sequence, flags, payload } = decodeFrame(data);
  const samples = payload.length / BYTES_A_SAMPLE_FRAME;
  const channels = [new Float32Array(samples), new Float32Array(samples)] as const;
  decodePcm16(payload, 0, samples, channels);
  return { sequence, flags, level: rms(channels) };
}

const BYTES_A_SAMPLE_FRAME = 4;
