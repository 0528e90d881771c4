import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodePcm16, encodePcm16 } from './pcm16.ts';

function encoded(...channels: number[][]): Int16Array {
  const frames = channels[0]?.length ?? 0;
  const bytes = new Uint8Array(frames * channels.length * 2);
  encodePcm16(
    channels.map((samples) => Float32Array.from(samples)),
    0,
    frames,
    bytes,
  );
  return new Int16Array(bytes.buffer);
}

describe('encoding to 16 bits', () => {
  test('interleaves the channels', () => {
    expect([...encoded([0, 1], [-1, 0.5])]).toEqual([0, -32_767, 32_767, 16_384]);
  });

  test('rounds to the nearest step, ties away from zero', () => {
    const step = 1 / 32_767;
    expect([...encoded([0.49 * step, 0.51 * step, -0.49 * step, -0.51 * step, 1.4 * step])]).toEqual([
      0, 1, 0, -1, 1,
    ]);
  });

  test('clamps what is beyond full scale and makes NaN silent', () => {
    const wild = [2, -2, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1.00001];
    expect([...encoded(wild)]).toEqual([32_767, -32_767, 32_767, -32_767, 0, 32_767]);
  });

  test('maps mirror images to mirror images', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true })), (samples) => {
        const mirrored = encoded(samples.map((sample) => -sample));
        expect([...mirrored]).toEqual([...encoded(samples)].map((code) => (code === 0 ? 0 : -code)));
      }),
    );
  });

  test('writes silence for frames that a channel lacks', () => {
    const bytes = new Uint8Array(8).fill(0xaa);
    encodePcm16([Float32Array.of(1, 1), Float32Array.of(1)], 0, 2, bytes);
    expect([...new Int16Array(bytes.buffer)]).toEqual([32_767, 32_767, 32_767, 0]);
  });

  test('takes a part of the source and leaves the rest of the target', () => {
    const bytes = new Uint8Array(7).fill(0xaa);
    expect(encodePcm16([Float32Array.of(0, 0, 1, -1)], 2, 2, bytes, 1)).toBe(4);
    expect([...bytes]).toEqual([0xaa, 0xff, 0x7f, 0x01, 0x80, 0xaa, 0xaa]);
  });
});

describe('decoding from 16 bits', () => {
  test('gives back what was encoded, to half a step', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ min: -1, max: 1, noNaN: true }), { maxLength: 50 }), (samples) => {
        const bytes = new Uint8Array(samples.length * 2);
        encodePcm16([Float32Array.from(samples)], 0, samples.length, bytes);
        const heard = new Float32Array(samples.length);
        expect(decodePcm16(bytes, 0, samples.length, [heard])).toBe(samples.length);
        for (const [i, sample] of heard.entries()) {
          expect(Math.abs(sample - (samples[i] as number))).toBeLessThan(0.50001 / 32_767);
        }
      }),
    );
  });

  test('encodes again to the same bytes, so that nothing drifts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -32_767, max: 32_767 }), { maxLength: 50 }), (codes) => {
        const bytes = new Uint8Array(Int16Array.from(codes).buffer);
        const floats = [new Float32Array(codes.length)];
        decodePcm16(bytes, 0, codes.length, floats);
        const again = new Uint8Array(bytes.length);
        encodePcm16(floats, 0, codes.length, again);
        expect(again).toEqual(bytes);
      }),
    );
  });

  test('leaves an incomplete frame at the end out', () => {
    const channels = [new Float32Array(4), new Float32Array(4)];
    expect(decodePcm16(new Uint8Array(11), 0, 4, channels)).toBe(2);
    expect(decodePcm16(new Uint8Array(3), 0, 4, channels)).toBe(0);
    expect(decodePcm16(new Uint8Array(0), 0, 4, channels)).toBe(0);
    expect(decodePcm16(new Uint8Array(8), 9, 4, channels)).toBe(0);
    expect(decodePcm16(new Uint8Array(8), 0, 4, [])).toBe(0);
  });

  test('writes from a target frame on', () => {
    const heard = new Float32Array(3);
    decodePcm16(Uint8Array.of(0xff, 0x7f), 0, 1, [heard], 1);
    expect([...heard]).toEqual([0, 1, 0]);
  });
});
