import { expect, test } from 'vitest';
import { saysReady } from './messages.ts';

test('a process that is up says so', () => {
  expect(saysReady({ type: 'ready', engine: 'cpu' })).toBe(true);
});

test.each([null, undefined, 'ready', 7, true, {}, [], { type: 'done' }])(
  'a process that says %j has gone mad, or says something else, and is heard out all the same',
  (message) => {
    expect(saysReady(message)).toBe(false);
  },
);
