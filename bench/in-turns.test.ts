import { expect, test } from 'vitest';
import { inTurns } from './in-turns.ts';

test('contenders have as many turns each, in changing order', async () => {
  const turns: string[] = [];
  const contender = (name: string) => async () => {
    turns.push(name);
    for (let i = 0; i < 1e6; i++);
  };
  const costs = await inTurns({ a: contender('a'), b: contender('b') }, { rounds: 4, turnMs: 0.01 });
  expect(turns.slice(-8)).toEqual(['a', 'b', 'b', 'a', 'a', 'b', 'b', 'a']);
  expect(costs.a).toBeGreaterThan(0);
  expect(costs.b).toBeGreaterThan(0);
});
