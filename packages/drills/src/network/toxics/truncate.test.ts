import { expect, test } from 'vitest';
import { truncate } from './index.ts';
import { through } from './through.fixture.ts';

test('truncate lets so many bytes pass, then comes an end', () => {
  expect(
    through(truncate({ afterBytes: 4 }), [
      ['abc', 0],
      ['def', 1],
    ]),
  ).toMatchObject([
    { fate: 'pass', bytes: 'abc', atMs: 0 },
    { fate: 'end', bytes: 'd' },
  ]);
  expect(through(truncate({ afterBytes: 0 }), [['a', 0]])).toMatchObject([{ fate: 'end', bytes: '' }]);
});

test('truncate refuses less than nothing', () => {
  expect(() => truncate({ afterBytes: -1 })).toThrow('afterBytes must be a whole number from 0; got -1');
});
