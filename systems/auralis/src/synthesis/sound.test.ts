import { measureJoin, peak, rms, toDbfs } from '@sustain/audio';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildEngine } from '../../scripts/build-engine.ts';
import { createComposer, defaultParameters, type MusicParameters } from '../composition/index.ts';
import { PowerSpectrum } from '../sound/index.ts';
import { createCpuEngine } from './cpu-engine.ts';

// The sound in figures, over all intensities. Ten minutes of it beside a tone, noise and a loop: test/sound.live.test.ts.

// Compiling takes half a minute on a busy machine; most times there is nothing to compile.
beforeAll(buildEngine, 120_000);

const SECONDS = 45;

interface Recording {
  readonly channels: [Float32Array, Float32Array];
  /** Frames at which phrases begin. */
  readonly joins: number[];
}

/** SECONDS of music, the tails laid over the phrases that follow. */
async function record(parameters: Partial<MusicParameters>): Promise<Recording> {
  const composer = createComposer({ seed: 1, parameters: { ...defaultParameters, ...parameters } });
  const engine = await createCpuEngine();
  const frames = SECONDS * engine.sampleRateHz;
  const channels: Recording['channels'] = [new Float32Array(frames), new Float32Array(frames)];
  const joins: number[] = [];
  for (let start = 0; start < frames; ) {
    const phrase = composer.next();
    joins.push(start);
    let at = start;
    for (const { left, right } of engine.render(phrase)) {
      add(channels[0], at, left);
      add(channels[1], at, right);
      at += left.length;
    }
    start += phrase.frames;
  }
  return { channels, joins: joins.slice(1) };
}

function add(onto: Float32Array, at: number, samples: Float32Array): void {
  const count = Math.min(samples.length, onto.length - at);
  for (let i = 0; i < count; i++) onto[at + i] = (onto[at + i] ?? 0) + (samples[i] ?? 0);
}

describe('three quarters of a minute of music', () => {
  test.each([0, 0.6, 1])('at intensity %d is as loud as it should be, clean, and wide', async (intensity) => {
    const { channels, joins } = await record({ intensity });
    const [left, right] = channels;
    const levelDbfs = toDbfs(rms(channels));
    expect(levelDbfs).toBeGreaterThan(-24);
    expect(levelDbfs).toBeLessThan(-20);
    expect(toDbfs(peak(channels))).toBeLessThan(-3);
    for (const samples of channels) {
      expect(Math.abs(samples.reduce((sum, sample) => sum + sample, 0) / samples.length)).toBeLessThan(1e-4);
    }
    for (const join of joins) expect(measureJoin(channels, join).ratio).toBeLessThan(2);
    const side = left.map((sample, i) => (sample - (right[i] ?? 0)) / 2);
    const middle = left.map((sample, i) => (sample + (right[i] ?? 0)) / 2);
    const widthDb = toDbfs(rms([side])) - toDbfs(rms([middle]));
    expect(widthDb).toBeGreaterThan(-8);
    expect(widthDb).toBeLessThan(-2);
  });

  test('is music by its spectrum: lows, mids and airy highs', async () => {
    const { channels } = await record({});
    const { bandsDb } = spectrumOf(channels[0]);
    expect(bandsDb.low).toBeGreaterThan(-12);
    expect(bandsDb.middle).toBeGreaterThan(-12);
    expect(bandsDb.high).toBeGreaterThan(-32);
    expect(bandsDb.air).toBeGreaterThan(-40);
  });

  test('moves: its level breathes and its harmony changes', async () => {
    const { channels } = await record({});
    const windowFrames = 44_100 * 3;
    const levels = Array.from({ length: SECONDS / 3 - 1 }, (_, i) =>
      toDbfs(rms([channels[0].subarray((i + 1) * windowFrames, (i + 2) * windowFrames)])),
    );
    expect(Math.max(...levels) - Math.min(...levels)).toBeGreaterThan(3);
    const far = spectrumDistance(channels[0], 6, 20);
    const near = spectrumDistance(channels[0], 6, 6.05);
    expect(far).toBeGreaterThan(2 * near);
  });

  test('is brighter, the higher the intensity', async () => {
    const centroids: number[] = [];
    for (const intensity of [0, 0.5, 1]) {
      const { channels } = await record({ intensity });
      centroids.push(spectrumOf(channels[0]).centroidHz);
    }
    const [calm, medium, full] = centroids as [number, number, number];
    expect(medium).toBeGreaterThan(calm * 1.2);
    expect(full).toBeGreaterThan(medium * 1.1);
  });
});

const SIZE = 4096;

function spectrumOf(samples: Float32Array) {
  const spectrum = new PowerSpectrum(SIZE);
  const power = new Float64Array(SIZE / 2);
  for (let at = 0; at + SIZE <= samples.length; at += SIZE * 4) {
    spectrum.measure(samples, at).forEach((value, bin) => {
      power[bin] = (power[bin] ?? 0) + value;
    });
  }
  const binHz = 44_100 / SIZE;
  const total = power.reduce((sum, value) => sum + value, 0);
  const bandDb = (fromHz: number, toHz: number) =>
    10 * Math.log10(power.slice(fromHz / binHz, toHz / binHz).reduce((sum, value) => sum + value, 0) / total);
  return {
    bandsDb: {
      low: bandDb(60, 250),
      middle: bandDb(250, 2000),
      high: bandDb(2000, 8000),
      air: bandDb(8000, 16_000),
    },
    centroidHz: power.reduce((sum, value, bin) => sum + value * bin * binHz, 0) / total,
  };
}

/** 0 for spectra of the same shape at two times, in seconds; 1 for spectra with nothing in common. */
function spectrumDistance(samples: Float32Array, firstS: number, secondS: number): number {
  const [a, b] = [firstS, secondS].map((atS) =>
    new PowerSpectrum(SIZE).measure(samples, Math.round(atS * 44_100)),
  );
  const product = (x: Float64Array = new Float64Array(), y: Float64Array = new Float64Array()) =>
    x.reduce((sum, value, i) => sum + Math.sqrt(value * (y[i] ?? 0)), 0);
  return 1 - product(a, b) / Math.sqrt(product(a, a) * product(b, b));
}
