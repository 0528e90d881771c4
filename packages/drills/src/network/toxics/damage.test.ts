import { seededRandom } from '@sustain/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Toxic } from '../index.ts';
import { corrupt, duplicate } from './index.ts';
import { cut, fatesOf, passedBytes } from './through.fixture.ts';

const STREAM = Buffer.from(Array.from({ length: 100_000 }, (_, at) => (at * 7) % 251));

function damaged(toxic: Toxic, seed: number, sizes: readonly number[] = [1448], stream = STREAM): Buffer {
  return passedBytes(fatesOf(toxic, cut(stream, sizes), seededRandom(seed)));
}

describe.each([
  ['corrupt', corrupt],
  ['duplicate', duplicate],
] as const)('%s', (_name, toxic) => {
  it('does the same damage for the same seed in whatever chunks the stream comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 9 }),
        fc.integer(),
        (sizes, seed) => {
          const stream = STREAM.subarray(0, 20_000);
          const whole = damaged(toxic({ share: 0.01 }), seed, [stream.length], stream);
          expect(damaged(toxic({ share: 0.01 }), seed, sizes, stream)).toEqual(whole);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('does other damage for another seed', () => {
    expect(damaged(toxic({ share: 0.01 }), 1)).not.toEqual(damaged(toxic({ share: 0.01 }), 2));
  });

  it('leaves the bytes of others alone: who sent them may still use them', () => {
    const before = Buffer.from(STREAM);
    damaged(toxic({ share: 0.5 }), 1);
    expect(STREAM).toEqual(before);
  });

  it('refuses a share that is none', () => {
    expect(() => toxic({ share: 0 })).toThrow('share must be 0.000001 to 1; got 0');
    expect(() => toxic({ share: 1.1 })).toThrow('got 1.1');
  });
});

describe('corrupt', () => {
  it('flips one bit in about so many bytes, and in all of them with 1', () => {
    const bitsOff = (share: number) => {
      const seen = damaged(corrupt({ share }), 3);
      expect(seen).toHaveLength(STREAM.length);
      return [...seen].map(
        (byte, at) => ((byte ^ (STREAM[at] as number)) >>> 0).toString(2).replaceAll('0', '').length,
      );
    };
    const one = bitsOff(0.02);
    expect(new Set(one)).toEqual(new Set([0, 1]));
    expect(one.filter((bits) => bits === 1).length / one.length).toBeCloseTo(0.02, 2);
    expect(new Set(bitsOff(1))).toEqual(new Set([1]));
  });
});

describe('duplicate', () => {
  it('sends about so many bytes twice, and all of them with 1', () => {
    expect(damaged(duplicate({ share: 0.02 }), 3).length / STREAM.length).toBeCloseTo(1.02, 2);
    const abc = Buffer.from('abc');
    expect(`${damaged(duplicate({ share: 1 }), 3, [2], abc)}`).toBe('aabbcc');
  });
});
