import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { readWav, writeWav } from '@sustain/audio';
import { seededRandom } from '@sustain/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dcOffset, onsetDensity, selfSimilarity, spectralFlatness } from '../src/sound/index.ts';

/** `npm test` says where ffmpeg is; with CI=true it is there. */
const { FFMPEG_PATH } = process.env;

const SUSTAIN = resolve(import.meta.dirname, '../../../studio/src/main.ts');
const run = promisify(execFile);

const SAMPLE_RATE_HZ = 44_100;
const FRAMES = 600 * SAMPLE_RATE_HZ;
const LOOP_FRAMES = 60 * SAMPLE_RATE_HZ;

/** Of what is the same at any time three minutes tell as much. */
const STEADY_FRAMES = 180 * SAMPLE_RATE_HZ;

/**
 * What ten minutes of music must measure. Loudness and true peak are ffmpeg's (EBU R 128, ITU-R BS.1770), the others those
 * of `src/sound`. Measured were this music (seed "sound"), a tone of 440 Hz, white noise, and the first minute ten times:
 *
 * |                 |           bound |     music |    tone |     noise |    loop |
 * |-----------------|-----------------|-----------|---------|-----------|---------|
 * | loudness, LUFS  |      −22 to −18 |     −20.0 |   −20.7 |     −18.6 |   −19.8 |
 * | true peak, dBTP |        up to −1 |      −7.0 |   −20.0 |     −14.2 |    −8.3 |
 * | DC offset       |        ± 0.0001 |   0.00001 |       0 |   0.00003 | 0.00003 |
 * | flatness        |  0.0001 to 0.05 |    0.0016 | *3e−15* |    *0.56* |  0.0017 |
 * | onsets a second |        0.4 to 4 |      0.95 |     *0* |       *0* |    1.01 |
 * | next moment     |     0.3 to 0.95 |      0.68 |     *1* |   *0.006* |    0.66 |
 * | repetition      |       up to 0.5 |      0.20 |     *1* |      0.03 |     *1* |
 */
const bounds: Readonly<Record<keyof Figures, readonly [least: number, most: number]>> = {
  loudnessLufs: [-22, -18],
  truePeakDbtp: [Number.NEGATIVE_INFINITY, -1],
  dcOffset: [-1e-4, 1e-4],
  flatness: [1e-4, 0.05],
  onsetsPerSecond: [0.4, 4],
  nextMoment: [0.3, 0.95],
  repetition: [-1, 0.5],
};

interface Figures {
  readonly loudnessLufs: number;
  readonly truePeakDbtp: number;
  readonly dcOffset: number;
  readonly flatness: number;
  readonly onsetsPerSecond: number;
  readonly nextMoment: number;
  readonly repetition: number;
}

describe.skipIf(FFMPEG_PATH === undefined)('ten minutes of music', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-sound-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let music: readonly Float32Array[];

  beforeAll(async () => {
    const path = join(folder, 'music.wav');
    await run(process.execPath, [SUSTAIN, 'auralis', 'render', '--minutes', '10', '--seed', 'sound', path]);
    music = readWav(readFileSync(path)).channels;
  });

  test('are as loud as they should be, and by their spectrum, onsets and repetitions music', async () => {
    const figures = await measure('music', music);
    expect(music.map((samples) => samples.length)).toEqual([FRAMES, FRAMES]);
    expect(missed(figures)).toEqual([]);
  });

  test('a test tone is told from them', async () => {
    const sine = (_: number, i: number) => 0.1 * Math.sin((2 * Math.PI * 440 * i) / SAMPLE_RATE_HZ);
    const tone = new Float32Array(STEADY_FRAMES).map(sine);
    expect(missed(await measure('tone', [tone, tone]))).toEqual([
      'flatness',
      'onsetsPerSecond',
      'nextMoment',
      'repetition',
    ]);
  });

  test('noise is told from them', async () => {
    const random = seededRandom('noise');
    const noise = new Float32Array(STEADY_FRAMES).map(() => 0.2 * (random.next() - 0.5));
    expect(missed(await measure('noise', [noise, noise]))).toEqual([
      'flatness',
      'onsetsPerSecond',
      'nextMoment',
    ]);
  });

  test('a loop of a minute of them is told from them', async () => {
    const loop = music.map((samples) => samples.map((_, i) => samples[i % LOOP_FRAMES] as number));
    expect(missed(await measure('loop', loop))).toEqual(['repetition']);
  });

  async function measure(name: string, channels: readonly Float32Array[]): Promise<Figures> {
    const path = join(folder, `${name}.wav`);
    writeFileSync(path, writeWav({ sampleRateHz: SAMPLE_RATE_HZ, channels }));
    const [left, right] = channels as [Float32Array, Float32Array];
    const middle = left.map((sample, i) => (sample + (right[i] as number)) / 2);
    const loudness = measureLoudness(path);
    const { nextMoment, repetition } = selfSimilarity(middle, SAMPLE_RATE_HZ);
    const figures: Figures = {
      ...(await loudness),
      dcOffset: dcOffset(channels),
      flatness: spectralFlatness(middle),
      onsetsPerSecond: onsetDensity(middle, SAMPLE_RATE_HZ),
      nextMoment,
      repetition,
    };
    const shown = Object.entries(figures).map(
      ([figure, value]) => `${figure} ${Number(value.toPrecision(3))}`,
    );
    process.stdout.write(`  ${name}: ${shown.join(', ')}\n`);
    return figures;
  }
});

/** The names of the figures that are out of their bounds. */
function missed(figures: Figures): string[] {
  return Object.entries(bounds).flatMap(([name, [least, most]]) => {
    const value = figures[name as keyof Figures];
    return value >= least && value <= most ? [] : [name];
  });
}

/** Integrated loudness and true peak, by ffmpeg's filter ebur128. */
async function measureLoudness(path: string): Promise<Pick<Figures, 'loudnessLufs' | 'truePeakDbtp'>> {
  const filter = ['-af', 'ebur128=peak=true:framelog=verbose', '-f', 'null', '-'];
  const { stderr } = await run(FFMPEG_PATH as string, ['-hide_banner', '-nostats', '-i', path, ...filter]);
  // Older ones also tell it of nothing, before they begin.
  const summary = stderr.split('Summary:').at(-1) ?? '';
  const figure = (pattern: RegExp) => Number(pattern.exec(summary)?.[1] ?? Number.NaN);
  return {
    loudnessLufs: figure(/I:\s+(-?[\d.]+) LUFS/),
    truePeakDbtp: figure(/Peak:\s+(-?[\d.]+|-inf) dBFS/),
  };
}
