import { seededRandom } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { selfSimilarity } from './self-similarity.ts';
import { loop, noise, SAMPLE_RATE_HZ, strings, tone } from './sound.fixture.ts';

const measure = (audio: Float32Array) => selfSimilarity(audio, SAMPLE_RATE_HZ);

/** A melody by chance, a note every 1.7 s. */
function melody(seconds: number): Float32Array {
  const random = seededRandom('melody');
  const pitches = Array.from({ length: 200 }, () => 110 * 2 ** (Math.floor(random.next() * 36) / 12));
  return strings(seconds, 1.7, (index) => pitches[index] as number, 1);
}

test('a melody that never comes back goes on from moment to moment, and does not repeat', () => {
  const { nextMoment, repetition } = measure(melody(60));
  expect(nextMoment).toBeGreaterThan(0.05);
  expect(repetition).toBeLessThan(0.5);
});

test.each([10, 12.5, 17.3])('a loop of %d s is found out, with its length', (loopSeconds) => {
  const { repetition, repeatsAfterSeconds } = measure(loop(melody(60), loopSeconds));
  expect(repetition).toBeGreaterThan(0.7);
  const times = repeatsAfterSeconds / loopSeconds;
  expect(Math.abs(times - Math.round(times))).toBeLessThan(0.05);
});

test('a tone is the same as itself at any time, noise at none', () => {
  expect(measure(tone(40))).toEqual({ nextMoment: 1, repetition: 1, repeatsAfterSeconds: 8 });
  const { nextMoment, repetition } = measure(noise(40));
  expect(Math.abs(nextMoment)).toBeLessThan(0.1);
  expect(repetition).toBeLessThan(0.2);
});

test('what is too short repeats nothing', () => {
  expect(measure(melody(10))).toMatchObject({ repeatsAfterSeconds: 0 });
});
