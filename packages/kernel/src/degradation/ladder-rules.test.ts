import { expect, test } from 'vitest';
import { checkRules, type LadderRules } from './ladder-rules.ts';

const rules: LadderRules = {
  levels: ['full', 'less', 'least'],
  inputs: { load: [{ down: 0.6, up: 0.5 }] },
  downDwellMs: 10,
  upDwellMs: 100,
};

/** One input, with thresholds given as `[down, up]`. */
const one = (...steps: readonly (readonly [number, number])[]) => ({
  inputs: { load: steps.map(([down, up]) => ({ down, up })) },
});

test.each<[Partial<LadderRules>, string]>([
  [{ levels: ['only'] }, 'different levels of the quality ladder must be a number of 2 or more; got 1'],
  [
    { levels: ['a', 'b', 'a'] },
    'different levels of the quality ladder must be a number of 3 or more; got 2',
  ],
  [{ inputs: {} }, 'inputs of the quality ladder must be a whole number of 1 or more; got 0'],
  [one(), 'steps of the input load must be a whole number from 1 to 2; got 0'],
  [one([1, 0], [2, 1], [3, 2]), 'steps of the input load must be a whole number from 1 to 2; got 3'],
  [one([1, 1]), 'gap from up to down of the input load must be a number above 0; got 0'],
  [one([1, 0], [2, 2]), 'gap from up to down'],
  [one([1, 0], [2, 3]), 'must be a number above 0; got -1'],
  [one([0, 1], [3, 2]), 'must be a number above 0; got -1'],
  [one([1, 0], [Number.NaN, 0]), 'got NaN'],
  [one([1, 0], [2, Number.NaN]), 'got NaN'],
  [one([Number.NaN, 0]), 'got NaN'],
  [
    { downDwellMs: -1 },
    'downDwellMs of the quality ladder must be a number from 0 to 9007199254740991; got -1',
  ],
  [{ upDwellMs: Number.NaN }, 'upDwellMs'],
])('rules that cannot hold are refused: %o', (wrong, message) => {
  expect(() => checkRules({ ...rules, ...wrong })).toThrow(message);
});

test.each<[string, readonly (readonly [number, number])[], string]>([
  [
    'down does not get worse',
    [
      [2, 0],
      [1, 0.5],
    ],
    'rise of down of the input load must be a number above 0; got -1',
  ],
  [
    'down stays',
    [
      [2, 0],
      [2, 1],
    ],
    'rise of down of the input load must be a number above 0; got 0',
  ],
  [
    'up does not get worse',
    [
      [2, 1],
      [3, 0],
    ],
    'rise of up of the input load must be a number above 0; got -1',
  ],
  [
    'of which less is worse, down rises',
    [
      [1, 2],
      [1.5, 1.8],
    ],
    'rise of down of the input load must be a number above 0; got -0.5',
  ],
  [
    'of which less is worse, up rises',
    [
      [1, 2],
      [0.5, 3],
    ],
    'rise of up of the input load must be a number above 0; got -1',
  ],
])('thresholds that do not get worse from step to step are refused: %s', (_what, steps, message) => {
  expect(() => checkRules({ ...rules, ...one(...steps) })).toThrow(message);
});

test('thresholds that get worse from step to step are taken, in either direction', () => {
  checkRules({ ...rules, ...one([1, 0], [2, 1]) });
  checkRules({ ...rules, ...one([0.5, 1], [-0.5, 0.5]) });
});
