import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { measureJoin } from './click.ts';
import { crossfade, equalPowerGain, fadeIn, fadeOut } from './crossfade.ts';

const sine = (hz: number, frames: number, startFrame = 0) =>
  Float32Array.from(
    { length: frames },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * (i + startFrame)) / 44_100),
  );

describe('equal-power fades', () => {
  test('keep the power of the two gains at 1', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (progress) => {
        expect(equalPowerGain(progress) ** 2 + equalPowerGain(1 - progress) ** 2).toBeCloseTo(1, 12);
      }),
    );
    expect(equalPowerGain(-1)).toBe(0);
    expect(equalPowerGain(2)).toBe(1);
  });

  test('keep the power of a crossfade at 1 in every frame', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), (frames) => {
        // The two sources on two channels, so that each one's gain can be read off the result.
        const outgoing = [new Float32Array(frames).fill(1), new Float32Array(frames)];
        const incoming = [new Float32Array(frames), new Float32Array(frames).fill(1)];
        crossfade(outgoing, incoming, frames);
        for (let i = 0; i < frames; i++) {
          expect((incoming[0]?.[i] ?? 0) ** 2 + (incoming[1]?.[i] ?? 0) ** 2).toBeCloseTo(1, 5);
        }
      }),
    );
  });

  test('fade in as the mirror image of fading out, and never past the original', () => {
    const rising = new Float32Array(99).fill(1);
    const falling = new Float32Array(99).fill(1);
    fadeIn([rising], 0, 99);
    fadeOut([falling], 0, 99);
    expect([...falling].reverse()).toEqual([...rising]);
    for (let i = 1; i < 99; i++) expect(rising[i]).toBeGreaterThan(rising[i - 1] as number);
    expect(rising[0]).toBeGreaterThan(0);
    expect(rising[98]).toBeLessThan(1);
  });

  test('touch only the frames that they are asked to', () => {
    const samples = new Float32Array(6).fill(1);
    fadeOut([samples], 2, 3);
    expect([samples[0], samples[1], samples[5]]).toEqual([1, 1, 1]);
    const incoming = new Float32Array(6).fill(1);
    crossfade([new Float32Array(9)], [incoming], 2, 7, 3);
    expect([0, 1, 2, 5].map((i) => incoming[i])).toEqual([1, 1, 1, 1]);
    expect(incoming[3]).toBeCloseTo(Math.sin(Math.PI / 6));
  });

  test('leave out what is beyond the end of a buffer', () => {
    const samples = new Float32Array(3).fill(1);
    fadeIn([samples, new Float32Array(0)], 1, 10);
    crossfade([], [samples], 10, 0, 2);
    crossfade([new Float32Array(1)], [samples], 0);
    expect(samples.length).toBe(3);
    expect(samples.every((sample) => sample >= 0 && sample <= 1)).toBe(true);
  });

  test('join two tones, and a tone and silence, without a click', () => {
    const incoming = sine(330, 4410);
    const joined = new Float32Array(8820);
    joined.set(sine(220, 4410));
    joined.set(incoming, 4410);
    crossfade([sine(220, 882, 4410)], [joined], 882, 0, 4410);
    expect(measureJoin([joined], 4410).ratio).toBeLessThan(1.5);

    const cut = sine(220, 4410);
    cut.fill(0, 2000);
    expect(measureJoin([cut], 2000).ratio).toBeGreaterThan(2);
    const faded = sine(220, 4410);
    fadeOut([faded], 2000 - 882, 882);
    faded.fill(0, 2000);
    expect(measureJoin([faded], 2000).ratio).toBeLessThan(1.5);
  });
});
