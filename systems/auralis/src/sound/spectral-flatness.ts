import { PowerSpectrum } from './power-spectrum.ts';

/**
 * How much audio is like noise: 0 for a tone, 0.56 for white noise. The geometric mean of the power spectrum over its
 * arithmetic mean (Johnston, "Transform Coding of Audio Signals Using Perceptual Noise Criteria", 1988), of stretches of
 * 4096 samples, and of all stretches the median. Silence, and what is shorter, is 0.
 */
export function spectralFlatness(samples: Float32Array): number {
  const spectrum = new PowerSpectrum(SIZE);
  const flatnesses: number[] = [];
  for (let at = 0; at + SIZE <= samples.length; at += SIZE) {
    flatnesses.push(flatnessOf(spectrum.measure(samples, at)));
  }
  flatnesses.sort((a, b) => a - b);
  return flatnesses[Math.floor(flatnesses.length / 2)] ?? 0;
}

const SIZE = 4096;

/** Far below the last bit of a sample: the logarithm of 0 would be infinite. */
const FLOOR = 1e-20;

function flatnessOf(power: Float64Array): number {
  let logs = 0;
  let sum = 0;
  for (let bin = 0; bin < power.length; bin++) {
    logs += Math.log((power[bin] as number) + FLOOR);
    sum += power[bin] as number;
  }
  return sum === 0 ? 0 : Math.exp(logs / power.length) / (sum / power.length);
}
