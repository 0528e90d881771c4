import { expect, test } from 'vitest';
import { halfOpen } from './index.ts';
import { closing, through } from './through.fixture.ts';

test('half-open takes one side of the open connections away, and the other hears nothing', () => {
  const toxic = halfOpen({ gone: 'server' });
  expect(toxic).toMatchObject({ takesAway: 'server', connections: 'open', breaksForGood: true });
  expect(through(toxic, [['are you there?', 0]])).toEqual([{ fate: 'lose' }]);
  expect(closing(toxic, 'end')).toEqual({ fate: 'lose' });
});

test('half-open refuses a side that there is not', () => {
  expect(() => halfOpen({ gone: 'both' as never })).toThrow(`gone must be 'client' or 'server'; got "both"`);
});
