import { seededRandom } from '@sustain/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandwidth } from './index.ts';
import { cut, fatesOf, passedBytes, through } from './through.fixture.ts';

describe('bandwidth', () => {
  it('lets bytes trickle, a piece every 20 ms', () => {
    const fates = through(bandwidth({ bytesPerSecond: 100 }), [['abcde', 0]]);
    expect(fates.map((fate) => ('atMs' in fate ? [fate.bytes, fate.atMs] : fate))).toEqual([
      ['ab', 20],
      ['cd', 40],
      ['e', 50],
    ]);
  });

  it('has each byte wait for those before it, and not for time that passed without any', () => {
    const fates = through(bandwidth({ bytesPerSecond: 1000 }), [
      ['a', 0],
      ['b', 0],
      ['c', 500],
    ]);
    expect(fates.map((fate) => ('atMs' in fate ? fate.atMs : fate))).toEqual([1, 2, 501]);
  });

  it('loses nothing and takes as long as the rate says, whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 5000 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }),
        fc.integer({ min: 1, max: 1_000_000 }),
        (sent, sizes, bytesPerSecond) => {
          const fates = fatesOf(
            bandwidth({ bytesPerSecond }),
            cut(Buffer.from(sent), sizes),
            seededRandom(1),
          );
          expect(passedBytes(fates)).toEqual(Buffer.from(sent));
          const last = fates.at(-1);
          expect(last?.fate === 'pass' && last.atMs).toBeCloseTo((sent.length / bytesPerSecond) * 1000, 3);
        },
      ),
    );
  });

  it('refuses a rate that is none', () => {
    expect(() => bandwidth({ bytesPerSecond: 0 })).toThrow('bytesPerSecond must be 1 to 10000000000; got 0');
  });
});
