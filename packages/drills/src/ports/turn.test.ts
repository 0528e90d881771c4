import { expect, test } from 'vitest';
import { type Turns, turnOf } from './turn.ts';

test.each<[Turns, string]>([
  [{}, '123456'],
  [{ nth: 2 }, '2'],
  [{ nth: [1, 5] }, '15'],
  [{ every: 3 }, '36'],
  [{ from: 4 }, '456'],
  [{ atMost: 2 }, '12'],
  [{ every: 2, from: 3, atMost: 1 }, '4'],
  [{ nth: [2, 3], every: 2 }, '2'],
  [{ probability: 0 }, ''],
])('%j chooses %s of 6', (turns, expected) => {
  let chosen = '';
  for (let number = 1; number <= 6; number++) {
    if (turnOf(turns, number, chosen.length, 0.5) === 'chosen') chosen += number;
  }
  expect(chosen).toBe(expected);
});

test('it says why not', () => {
  expect(turnOf({ nth: 2 }, 1, 0, 0)).toBe('not-its-turn');
  expect(turnOf({ atMost: 1 }, 2, 1, 0)).toBe('often-enough');
  expect(turnOf({ probability: 0.5 }, 1, 0, 0.5)).toBe('by-chance');
});
