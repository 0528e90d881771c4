import { expect, test } from 'vitest';
import { blackhole } from './index.ts';
import { closing, through } from './through.fixture.ts';

test('a blackhole loses bytes, ends and resets, and says that this is for good', () => {
  expect(
    through(blackhole(), [
      ['a', 0],
      ['b', 1],
    ]),
  ).toEqual([{ fate: 'lose' }, { fate: 'lose' }]);
  expect(closing(blackhole(), 'end')).toEqual({ fate: 'lose' });
  expect(closing(blackhole(), 'reset')).toEqual({ fate: 'lose' });
  expect(blackhole()).toMatchObject({ breaksForGood: true });
});
