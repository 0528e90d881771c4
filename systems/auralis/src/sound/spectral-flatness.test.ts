import { expect, test } from 'vitest';
import { louder, mixed, noise, strings, tone } from './sound.fixture.ts';
import { spectralFlatness } from './spectral-flatness.ts';

test('a tone is not flat at all, white noise as flat as chance allows, and strings with some hiss lie between', () => {
  expect(spectralFlatness(tone(2))).toBeLessThan(1e-8);
  expect(spectralFlatness(noise(2))).toBeCloseTo(Math.exp(-0.5772), 1);
  const between = spectralFlatness(mixed(strings(4, 0.5), louder(noise(4), 0.01)));
  expect(between).toBeGreaterThan(1e-6);
  expect(between).toBeLessThan(0.01);
});

test('it does not depend on how loud it is', () => {
  const loud = noise(1);
  expect(spectralFlatness(louder(loud, 0.01))).toBeCloseTo(spectralFlatness(loud), 4);
});

test('what is too short, or silent, is not flat', () => {
  expect(spectralFlatness(new Float32Array(4095))).toBe(0);
  expect(spectralFlatness(new Float32Array(8192))).toBe(0);
});
