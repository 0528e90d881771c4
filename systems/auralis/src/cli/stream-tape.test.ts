import { encodePcm16, type Frame, frameFlags, measureJoin } from '@sustain/audio';
import { seededRandom } from '@sustain/kernel';
import { describe, expect, test } from 'vitest';
import { StreamTape, type TapeSink } from './stream-tape.ts';

const SAMPLE_RATE_HZ = 44_100;
const FRAMES = 1764;
const FADE = 882;

/** The music at a position of a stream: 16-bit values, so that what is written is exactly comparable. */
function musicAt(position: number, epoch = 1): number {
  return Math.round(12_000 * Math.sin(position * 0.05 * epoch)) / 32_767;
}

function frame(sequence: number, changes: Partial<Frame> & { readonly frames?: number } = {}): Frame {
  const { epoch = 1, flags = 0, samplePosition = sequence * FRAMES, frames = FRAMES } = changes;
  const samples = new Float32Array(frames).map((_, i) => musicAt(samplePosition + i, epoch));
  const payload = new Uint8Array(frames * 4);
  encodePcm16([samples, samples], 0, frames, payload);
  return { flags, epoch, sequence, samplePosition, payloadBytes: payload.length, payload };
}

/** All that was written, of the left channel. */
class Written implements TapeSink {
  samples: number[] = [];

  async write(channels: readonly Float32Array[], frames: number): Promise<void> {
    for (let i = 0; i < frames; i++) this.samples.push(channels[0]?.[i] as number);
  }
}

async function tapeOf(frames: readonly Frame[], maxFrames = Number.MAX_SAFE_INTEGER) {
  const sink = new Written();
  const tape = new StreamTape({ sampleRateHz: SAMPLE_RATE_HZ, channels: 2, sink, maxFrames });
  for (const one of frames) await tape.lay(one);
  await tape.end();
  expect(sink.samples.length).toBe(tape.figures.recordedFrames);
  return { samples: sink.samples, figures: tape.figures, tape };
}

/** Where what was written is not the music from `position` on; the indices of the first and the last such sample. */
function differing(samples: readonly number[], position: number, epoch = 1): [number, number] | undefined {
  const wrong = samples.flatMap((sample, i) =>
    Math.abs(sample - musicAt(position + i, epoch)) > 1e-6 ? [i] : [],
  );
  return wrong.length === 0 ? undefined : [wrong[0] as number, wrong.at(-1) as number];
}

describe('a tape of a stream', () => {
  test('is what was sent, bit for bit, from the first frame that came', async () => {
    const { samples, figures } = await tapeOf([7, 8, 9, 10].map((sequence) => frame(sequence)));
    expect(samples).toHaveLength(4 * FRAMES);
    expect(differing(samples, 7 * FRAMES)).toBeUndefined();
    expect(figures).toMatchObject({ gaps: 0, cuts: 0, lateFrames: 0 });
  });

  test('a gap is silence of exactly its length, with fades of 20 ms and nothing else changed', async () => {
    const { samples, figures } = await tapeOf([0, 1, 5, 6].map((sequence) => frame(sequence)));
    expect(samples).toHaveLength(7 * FRAMES);
    expect(samples.slice(2 * FRAMES, 5 * FRAMES).every((sample) => sample === 0)).toBe(true);
    expect(differing(samples.slice(0, 2 * FRAMES - FADE), 0)).toBeUndefined();
    expect(differing(samples.slice(5 * FRAMES + FADE), 5 * FRAMES + FADE)).toBeUndefined();
    expect(figures).toMatchObject({ gaps: 1, gapFrames: 3 * FRAMES, longestGapFrames: 3 * FRAMES, cuts: 0 });
    const audio = [Float32Array.from(samples)];
    for (const join of [2 * FRAMES, 5 * FRAMES]) expect(measureJoin(audio, join).ratio).toBeLessThan(2);
  });

  test('another epoch follows without a gap, faded over from the one before', async () => {
    const { samples, figures } = await tapeOf([
      frame(3),
      frame(4),
      frame(900, { epoch: 2 }),
      frame(901, { epoch: 2 }),
    ]);
    expect(samples).toHaveLength(4 * FRAMES);
    expect(differing(samples.slice(0, 2 * FRAMES - FADE), 3 * FRAMES)).toBeUndefined();
    expect(differing(samples.slice(2 * FRAMES + FADE), 900 * FRAMES + FADE, 2)).toBeUndefined();
    expect(figures).toMatchObject({ gaps: 0, cuts: 1 });
    expect(measureJoin([Float32Array.from(samples)], 2 * FRAMES).ratio).toBeLessThan(2);
  });

  test('a flagged discontinuity without a gap is faded, the first frame of all is not', async () => {
    const flags = frameFlags.discontinuity;
    const { samples, figures } = await tapeOf([frame(0, { flags }), frame(1), frame(2, { flags })]);
    const [first, last] = differing(samples, 0) ?? [0, 0];
    expect(first).toBeGreaterThanOrEqual(2 * FRAMES - FADE);
    expect(last).toBeLessThan(2 * FRAMES + FADE);
    expect(figures).toMatchObject({ gaps: 0, cuts: 1 });
  });

  test('what comes late or twice is left out, and counted', async () => {
    const { samples, figures } = await tapeOf([0, 1, 0, 1, 2].map((sequence) => frame(sequence)));
    expect(differing(samples, 0)).toBeUndefined();
    expect(samples).toHaveLength(3 * FRAMES);
    expect(figures.lateFrames).toBe(2);
  });

  test('it ends at exactly the length that was asked for, also within a frame and within a gap', async () => {
    const withinFrame = await tapeOf([frame(0), frame(1), frame(2)], 2 * FRAMES + 100);
    expect(withinFrame.samples).toHaveLength(2 * FRAMES + 100);
    expect(withinFrame.tape.isFull).toBe(true);
    const withinGap = await tapeOf([frame(0), frame(2 ** 31), frame(2 ** 31 + 1)], 3 * FRAMES);
    expect(withinGap.samples).toHaveLength(3 * FRAMES);
    expect(withinGap.figures).toMatchObject({ gaps: 1, gapFrames: 2 * FRAMES });
  });

  test('an empty last frame of an epoch adds nothing', async () => {
    const end = frame(1, { frames: 0, flags: frameFlags.end });
    const { samples } = await tapeOf([frame(0), end, frame(0, { epoch: 2, samplePosition: 0 })]);
    expect(samples).toHaveLength(2 * FRAMES);
  });

  test('concealment and lesser sources are added up', async () => {
    const { figures } = await tapeOf([
      frame(0),
      frame(1, { flags: frameFlags.concealed | frameFlags.fallback }),
      frame(2, { flags: frameFlags.concealed }),
    ]);
    expect(figures).toMatchObject({ concealedFrames: 2 * FRAMES, fallbackFrames: FRAMES, gaps: 0, cuts: 0 });
  });

  test.each(Array.from({ length: 50 }, (_, seed) => seed))(
    'whatever is lost and however long the frames are, it is as long as time has passed (seed %d)',
    async (seed) => {
      const random = seededRandom(seed);
      const frames: Frame[] = [];
      let position = 1000;
      for (let sequence = 0; sequence < 60; sequence++) {
        const length = 1 + Math.floor(random.next() * 3000);
        if (sequence === 0 || sequence === 59 || random.next() > 0.3) {
          frames.push(frame(sequence, { samplePosition: position, frames: length }));
        }
        position += length;
      }
      const { samples, figures } = await tapeOf(frames);
      expect(samples).toHaveLength(position - 1000);
      const sent = frames.reduce((sum, { payloadBytes }) => sum + payloadBytes / 4, 0);
      expect(figures.gapFrames).toBe(samples.length - sent);
    },
  );
});
