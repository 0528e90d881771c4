import { expect, test } from 'vitest';
import { onsetDensity } from './onset-density.ts';
import { louder, mixed, noise, SAMPLE_RATE_HZ, strings, tone } from './sound.fixture.ts';

test.each([0.25, 0.5, 1, 2])('struck strings every %d s are counted, each once', (everySeconds) => {
  const seconds = 20;
  const counted = onsetDensity(strings(seconds, everySeconds), SAMPLE_RATE_HZ) * seconds;
  // Of the quarter of a second at each end nothing is known that it could stand out of.
  expect(counted).toBeGreaterThanOrEqual((seconds - 0.5) / everySeconds - 1);
  expect(counted).toBeLessThanOrEqual(seconds / everySeconds);
});

test('nothing begins in a tone, in noise, in silence, and in nothing', () => {
  for (const audio of [tone(10), noise(10), new Float32Array(SAMPLE_RATE_HZ), new Float32Array(0)]) {
    expect(onsetDensity(audio, SAMPLE_RATE_HZ)).toBe(0);
  }
});

test('strings are heard within noise that is softer', () => {
  const audio = mixed(strings(20, 1), louder(noise(20), 0.05));
  expect(onsetDensity(audio, SAMPLE_RATE_HZ)).toBeCloseTo(1, 0);
});
