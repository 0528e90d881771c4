import { expect, test } from 'vitest';
import { slowClose } from './index.ts';
import { closing, through } from './through.fixture.ts';

test('slow close delays an end, and neither bytes nor resets', () => {
  const toxic = slowClose({ delayMs: 40 });
  expect(through(toxic, [['a', 3]])).toMatchObject([{ fate: 'pass', bytes: 'a', atMs: 3 }]);
  expect(closing(toxic, 'end')).toEqual({ fate: 'pass', atMs: 140 });
  expect(closing(toxic, 'reset')).toEqual({ fate: 'pass', atMs: 100 });
});

test('slow close refuses a delay that is none', () => {
  expect(() => slowClose({ delayMs: -1 })).toThrow('delayMs must be 0 to 600000; got -1');
});
