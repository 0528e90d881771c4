import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@sustain/kernel';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { corruptFile, truncateFile } from './index.ts';

let folder = '';
let path = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sustain-damage-'));
  path = join(folder, 'file');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a file that is corrupted', () => {
  test('differs at as many places as was asked for, at those that are told, and the same ones for a seed', () => {
    const file = fc.uint8Array({ minLength: 1, maxLength: 200 });
    return fc.assert(
      fc.property(file, fc.nat(), fc.nat(), (content, seed, wish) => {
        const bytes = 1 + (wish % content.length);
        const damage = () => {
          writeFileSync(path, content);
          return corruptFile(path, { bytes, random: seededRandom(seed) });
        };
        const places = damage();
        const damaged = readFileSync(path);
        const differing = [...content.keys()].filter((place) => content[place] !== damaged[place]);
        expect(differing).toEqual(places);
        expect(places).toHaveLength(bytes);
        expect(damaged).toHaveLength(content.length);
        expect(damage()).toEqual(places);
        expect(readFileSync(path)).toEqual(damaged);
      }),
      { numRuns: 60 },
    );
  });

  test('has as many bytes as are to be changed', () => {
    writeFileSync(path, 'ab');
    const random = seededRandom(1);
    expect(() => corruptFile(path, { bytes: 3, random })).toThrow('bytes must be 1 to 2, the size of');
    expect(() => corruptFile(path, { bytes: 0, random })).toThrow('got 0');
    expect(readFileSync(path, 'utf8')).toBe('ab');
    expect(() => corruptFile(join(folder, 'none'), { random })).toThrow('ENOENT');
  });
});

describe('a file that is truncated', () => {
  test('has lost its end, and its size was told', () => {
    writeFileSync(path, 'abcdef');
    expect(truncateFile(path, 4)).toBe(6);
    expect(readFileSync(path, 'utf8')).toBe('abcd');
    expect(truncateFile(path, 0)).toBe(4);
    expect(statSync(path).size).toBe(0);
  });

  test('does not become longer', () => {
    writeFileSync(path, 'abc');
    expect(() => truncateFile(path, 4)).toThrow('toBytes must be 0 to 3');
    expect(readFileSync(path, 'utf8')).toBe('abc');
  });
});
