import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance, suggestion } from './suggestion.ts';

const names = ['level', 'output', 'rotation', 'maxSize', 'backupCount'];

test.each([
  ['levle', 'did you mean "level"?'],
  ['ouput', 'did you mean "output"?'],
  ['max_sise', 'did you mean "maxSize"?'],
  ['Backup-Counts', 'did you mean "backupCount"?'],
  ['colour', 'there are: level, output, rotation, maxSize, backupCount'],
  ['', 'there are: level, output, rotation, maxSize, backupCount'],
])('for %j: %s', (given, cure) => {
  expect(suggestion(given, names)).toBe(cure);
});

test('without names there is nothing to suggest', () => {
  expect(suggestion('level', [])).toBeUndefined();
});

test('a name of a megabyte is compared with nothing', () => {
  expect(suggestion('level'.repeat(200_000), names)).toMatch(/^there are/);
});

test('the distance is a distance: the same both ways, none only to itself, and one edit apart is 1', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, (one, other) => {
      expect(editDistance(one, other)).toBe(editDistance(other, one));
      expect(editDistance(one, other) === 0).toBe(one === other);
      expect(editDistance(one, `${one}x`)).toBe(1);
    }),
    { seed: 5 },
  );
  expect(editDistance('ab', 'ba')).toBe(1);
});
