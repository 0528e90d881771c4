import { expect, test } from 'vitest';
import { partition } from './index.ts';
import { closing, through } from './through.fixture.ts';

test('a partition holds bytes, ends and resets, and loses none', () => {
  expect(through(partition(), [['a', 0]])).toEqual([{ fate: 'hold' }]);
  expect(closing(partition(), 'end')).toEqual({ fate: 'hold' });
  expect(closing(partition(), 'reset')).toEqual({ fate: 'hold' });
  expect(partition()).not.toHaveProperty('breaksForGood');
});
