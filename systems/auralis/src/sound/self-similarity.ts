import { PowerSpectrum } from './power-spectrum.ts';

/** How much audio resembles itself at other times, each −1 to 1. */
export interface SelfSimilarity {
  /** Half a second later. Music goes on: above 0. Noise has nothing to go on with: about 0. */
  readonly nextMoment: number;
  /** At the time, 8 s or more later, where it resembles itself most. A loop: 1, at its length. */
  readonly repetition: number;
  /** That time, in seconds; 0 when the audio is too short to have one. */
  readonly repeatsAfterSeconds: number;
}

/**
 * Measures how much audio resembles itself: the mean cosine between what it sounds like at one time and so much later
 * (Foote, "Visualizing Music and Audio using Self-Similarity", 1999). What it sounds like are the levels of 36 bands in a
 * quarter of a second, less their means over all of it and in units of their spread; what never changes has no spread, and
 * is the same as itself. Later goes up to half of the audio. O(seconds²).
 */
export function selfSimilarity(samples: Float32Array, sampleRateHz: number): SelfSimilarity {
  const moments = standardised(bandLevels(samples, sampleRateHz));
  if (moments === undefined) return { nextMoment: 1, repetition: 1, repeatsAfterSeconds: NEAREST_REPEAT_S };
  let repetition = -1;
  let repeatsAfterSeconds = 0;
  for (let lag = NEAREST_REPEAT_S * PER_SECOND; lag <= moments.length / 2; lag++) {
    const similarity = meanCosine(moments, lag);
    if (similarity <= repetition + EXACT) continue; // of the times of a loop the first
    repetition = similarity;
    repeatsAfterSeconds = lag / PER_SECOND;
  }
  return { nextMoment: meanCosine(moments, PER_SECOND / 2), repetition, repeatsAfterSeconds };
}

const SIZE = 4096;

/** Far above what rounding makes of equal sums. */
const EXACT = 1e-9;
const BANDS = 36;
const PER_SECOND = 4;
const NEAREST_REPEAT_S = 8;

/** Bands of a sixth of an octave from 65 Hz, up to 4.2 kHz: where melody and harmony are. */
const LOWEST_HZ = 65.4;
const BANDS_AN_OCTAVE = 6;

/** The levels of the bands in decibels, of all of each quarter of a second. */
function bandLevels(samples: Float32Array, sampleRateHz: number): Float64Array[] {
  const spectrum = new PowerSpectrum(SIZE);
  const momentFrames = Math.floor(sampleRateHz / PER_SECOND);
  const binOf = (band: number) =>
    Math.round((LOWEST_HZ * 2 ** (band / BANDS_AN_OCTAVE) * SIZE) / sampleRateHz);
  const moments: Float64Array[] = [];
  for (let from = 0; from + momentFrames <= samples.length; from += momentFrames) {
    const sums = new Float64Array(BANDS);
    for (let at = from; at + SIZE <= from + momentFrames; at += SIZE / 2) {
      const power = spectrum.measure(samples, at);
      for (let band = 0; band < BANDS; band++) {
        for (let bin = binOf(band); bin < Math.max(binOf(band + 1), binOf(band) + 1); bin++) {
          sums[band] = (sums[band] as number) + (power[bin] as number);
        }
      }
    }
    moments.push(sums.map((sum) => 10 * Math.log10(Math.max(sum, 1e-9))));
  }
  return moments;
}

/** Each band less its mean, in units of its spread, and each moment of length 1. Undefined where nothing changes. */
function standardised(moments: readonly Float64Array[]): Float64Array[] | undefined {
  const spreads = new Float64Array(BANDS);
  const means = new Float64Array(BANDS);
  for (let band = 0; band < BANDS; band++) {
    const mean = moments.reduce((sum, moment) => sum + (moment[band] as number), 0) / moments.length;
    const squares = moments.reduce((sum, moment) => sum + ((moment[band] as number) - mean) ** 2, 0);
    means[band] = mean;
    spreads[band] = Math.sqrt(squares / moments.length);
  }
  if (!spreads.some((spread) => spread > LEAST_SPREAD_DB)) return undefined;
  return moments.map((moment) => {
    const scaled = moment.map((level, band) => {
      const spread = spreads[band] as number;
      return spread > LEAST_SPREAD_DB ? (level - (means[band] as number)) / spread : 0;
    });
    const length = Math.hypot(...scaled);
    return length === 0 ? scaled : scaled.map((value) => value / length);
  });
}

/** A band that varies by less is steady: what is left are the windows, which a wave meets at different phases. */
const LEAST_SPREAD_DB = 0.1;

function meanCosine(moments: readonly Float64Array[], lag: number): number {
  const count = moments.length - lag;
  if (count < 1) return 0;
  let sum = 0;
  for (let at = 0; at < count; at++) {
    const a = moments[at] as Float64Array;
    const b = moments[at + lag] as Float64Array;
    for (let band = 0; band < BANDS; band++) sum += (a[band] as number) * (b[band] as number);
  }
  return sum / count;
}
