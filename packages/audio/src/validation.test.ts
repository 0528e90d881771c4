import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { validateAudio } from './validation.ts';

const music = (frames: number, amplitude = 0.5) =>
  Float32Array.from({ length: frames }, (_, i) => amplitude * Math.sin((2 * Math.PI * 450 * i) / 44_100));

/** Good stereo audio with one sample replaced. */
function withSample(frame: number, value: number): Float32Array[] {
  const channels = [music(4410), music(4410)];
  (channels[1] as Float32Array)[frame] = value;
  return channels;
}

const expected = { expectedFrames: 4410 };

describe('audio is fit', () => {
  test('when it is music, with its figures', () => {
    const verdict = validateAudio([music(4410), music(4410)], expected);
    expect(verdict).toMatchObject({ ok: true, clippedFrames: 0 });
    if (!verdict.ok) throw new Error(verdict.message);
    expect(verdict.peak).toBeCloseTo(0.5, 3);
    expect(verdict.rms).toBeCloseTo(0.5 / Math.SQRT2, 5);
    expect(verdict.dc).toBeCloseTo(0, 6);
  });

  test('when it is silence, and when nothing is expected and nothing comes', () => {
    const silence = { ok: true, peak: 0, rms: 0, dc: 0, clippedFrames: 0 };
    expect(validateAudio([new Float32Array(8), new Float32Array(8)], { expectedFrames: 8 })).toEqual(silence);
    expect(validateAudio([new Float32Array(0), new Float32Array(0)], { expectedFrames: 0 })).toEqual(silence);
    expect(validateAudio([], { expectedFrames: 0, expectedChannels: 0 })).toEqual(silence);
  });

  test('when it overshoots for a moment, and counts that', () => {
    expect(validateAudio(withSample(100, -1.5), expected)).toMatchObject({
      ok: true,
      clippedFrames: 1,
      peak: 1.5,
    });
  });

  test('exactly at its limits', () => {
    const atPeak = validateAudio(withSample(0, 2), expected);
    expect(atPeak).toMatchObject({ ok: true, peak: 2 });
    const flat = [new Float32Array(8).fill(0.25)];
    expect(validateAudio(flat, { expectedFrames: 8, expectedChannels: 1, maxDcOffset: 0.25 }).ok).toBe(true);
    const run = [Float32Array.of(0, 1, -1, 1, 0)];
    const options = { expectedFrames: 5, expectedChannels: 1, maxDcOffset: 1 };
    expect(validateAudio(run, { ...options, maxClippedRunFrames: 3 }).ok).toBe(true);
    expect(validateAudio(run, { ...options, maxClippedRunFrames: 2 }).ok).toBe(false);
  });
});

describe('audio is refused', () => {
  test('for its shape: channels, frames, or channels of different lengths', () => {
    for (const channels of [[], [music(4410)], [music(4410), music(4409)], [music(1), music(1)]]) {
      expect(validateAudio(channels, expected)).toMatchObject({ ok: false, reason: 'shape' });
    }
    const verdict = validateAudio([music(10), music(9)], { expectedFrames: 10 });
    expect(verdict).toMatchObject({ message: 'expected 2 channels of 10 frames, got 2: 10 and 9' });
  });

  test('for a sample that is not a number or infinite, wherever it stands', () => {
    const wild = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
    fc.assert(
      fc.property(fc.nat(4409), wild, (frame, value) => {
        const verdict = validateAudio(withSample(frame, value), expected);
        expect(verdict).toEqual({
          ok: false,
          reason: 'not-finite',
          message: `sample ${frame} of channel 1 is ${value}, expected a finite number`,
        });
      }),
    );
  });

  test('for both infinities, whose sum is NaN, and for the largest finite sample', () => {
    const both = withSample(5, Number.POSITIVE_INFINITY);
    (both[0] as Float32Array)[7] = Number.NEGATIVE_INFINITY;
    expect(validateAudio(both, expected)).toMatchObject({ reason: 'not-finite' });
    expect(validateAudio(withSample(5, 3.4e38), expected)).toMatchObject({ reason: 'too-loud' });
  });

  test('for a peak above 2.0', () => {
    const verdict = validateAudio(withSample(17, -2.01), expected);
    expect(verdict).toMatchObject({ ok: false, reason: 'too-loud', message: 'peak 2.010 is above 2' });
  });

  test('for a DC offset in one channel', () => {
    const offset = music(4410, 0.1).map((sample) => sample - 0.2);
    const verdict = validateAudio([music(4410), offset], expected);
    expect(verdict).toMatchObject({ ok: false, reason: 'dc', message: 'DC offset -0.2000 is outside ±0.05' });
  });

  test('for clipping, but not for as many clipped samples apart from each other', () => {
    const clipped = music(4410);
    for (let i = 0; i < 65; i++) clipped[i + 50] = i % 2 === 0 ? 1 : -1;
    const verdict = validateAudio([clipped, music(4410)], expected);
    expect(verdict).toMatchObject({ ok: false, reason: 'clipping', clippedFrames: 65 });

    const apart = music(4410);
    for (let i = 0; i < 65; i++) apart[50 + 2 * i] = i % 2 === 0 ? 1 : -1;
    expect(validateAudio([apart, music(4410)], expected)).toMatchObject({ ok: true, clippedFrames: 65 });
  });
});
