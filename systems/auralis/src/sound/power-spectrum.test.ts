import { describe, expect, test } from 'vitest';
import { PowerSpectrum } from './power-spectrum.ts';
import { noise, SAMPLE_RATE_HZ, tone } from './sound.fixture.ts';

describe('the power spectrum', () => {
  test.each([100, 440, 5000, 15_000])('of a tone of %d Hz is highest in its bin', (hz) => {
    const spectrum = new PowerSpectrum(4096);
    const power = spectrum.measure(tone(0.2, hz), 1000);
    const highest = power.indexOf(Math.max(...power));
    expect(Math.abs(highest * (SAMPLE_RATE_HZ / 4096) - hz)).toBeLessThan(SAMPLE_RATE_HZ / 4096);
  });

  test('of a full-scale sine in the middle of a bin is (size / 4)²', () => {
    const sine = new Float32Array(1024).map((_, i) => Math.sin((2 * Math.PI * 64 * i) / 1024));
    expect(new PowerSpectrum(1024).measure(sine)[64]).toBeCloseTo(256 ** 2, 0);
  });

  test('is that of the definition, summed term by term', () => {
    const size = 64;
    const audio = noise(0.01);
    const power = new PowerSpectrum(size).measure(audio, 5);
    for (let bin = 0; bin < size / 2; bin++) {
      let re = 0;
      let im = 0;
      for (let i = 0; i < size; i++) {
        const value = (audio[5 + i] as number) * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
        re += value * Math.cos((2 * Math.PI * bin * i) / size);
        im -= value * Math.sin((2 * Math.PI * bin * i) / size);
      }
      expect(power[bin]).toBeCloseTo(re ** 2 + im ** 2, 8);
    }
  });

  test('takes what lies beyond the end for silence', () => {
    expect(Math.max(...new PowerSpectrum(64).measure(new Float32Array(0)))).toBe(0);
  });

  test.each([0, 3, 100, 131_072, Number.NaN])('has no size of %d', (size) => {
    expect(() => new PowerSpectrum(size)).toThrow(/power of two from 4 to 65536/);
  });
});
