import { PowerSpectrum } from './power-spectrum.ts';

/**
 * How many sounds begin a second, of those that stand out. A sound begins where the spectrum gains most: the rise of the
 * compressed magnitudes log(1 + 1000 |X|), 1.0 being full scale, in the mean of the bins from 60 Hz to 16 kHz ("spectral
 * flux"; Bello et al., "A Tutorial on Onset Detection in Music Signals", 2005; the compression is that of Müller,
 * "Fundamentals of Music Processing", 2015, section 6.1). It counts where it is the largest within 50 ms, and half as much
 * again as the median of the half second around it. Noise rises all the time, and never more than around it: 0. Not looked at is the
 * quarter of a second at each end.
 */
export function onsetDensity(samples: Float32Array, sampleRateHz: number): number {
  const flux = spectralFlux(samples, sampleRateHz);
  const framesPerSecond = sampleRateHz / HOP;
  const near = Math.round(0.05 * framesPerSecond);
  const around = Math.round(0.25 * framesPerSecond);
  let onsets = 0;
  for (let i = around; i < flux.length - around; i++) {
    const value = flux[i] as number;
    if (value < LEAST_RISE || !isLargest(flux, i, near)) continue;
    if (value > STANDS_OUT * median(flux.subarray(i - around, i + around + 1))) onsets++;
  }
  return samples.length === 0 ? 0 : (onsets * sampleRateHz) / samples.length;
}

const SIZE = 2048;
const HOP = 512;
const COMPRESSION = 1000;
const STANDS_OUT = 1.5;

/** In silence everything stands out; this is far below anything that is heard. */
const LEAST_RISE = 1e-4;

/** By how much the compressed spectrum has risen since the stretch before, in the mean; a bin that falls counts 0. */
function spectralFlux(samples: Float32Array, sampleRateHz: number): Float32Array {
  const spectrum = new PowerSpectrum(SIZE);
  const fromBin = Math.ceil((60 * SIZE) / sampleRateHz);
  const toBin = Math.min(SIZE / 2, Math.floor((16_000 * SIZE) / sampleRateHz));
  const flux = new Float32Array(Math.max(0, Math.floor((samples.length - SIZE) / HOP) + 1));
  const before = new Float64Array(SIZE / 2);
  for (let i = 0; i < flux.length; i++) {
    const power = spectrum.measure(samples, i * HOP);
    let rise = 0;
    for (let bin = fromBin; bin < toBin; bin++) {
      const level = Math.log1p((COMPRESSION * Math.sqrt(power[bin] as number)) / FULL_SCALE);
      if (i > 0) rise += Math.max(0, level - (before[bin] as number));
      before[bin] = level;
    }
    flux[i] = rise / (toBin - fromBin);
  }
  return flux;
}

/** Magnitude of a full-scale sine in its bin, under a Hann window. */
const FULL_SCALE = SIZE / 4;

function isLargest(values: Float32Array, at: number, near: number): boolean {
  const value = values[at] as number;
  for (let i = Math.max(0, at - near); i <= Math.min(values.length - 1, at + near); i++) {
    if ((values[i] as number) > value || (values[i] === value && i < at)) return false;
  }
  return true;
}

function median(values: Float32Array): number {
  const sorted = values.toSorted();
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
