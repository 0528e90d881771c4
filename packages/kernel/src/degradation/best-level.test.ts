import { expect, test } from 'vitest';
import { bestLevel } from './best-level.ts';

const inputs = {
  load: [
    { down: 0.6, up: 0.5 },
    { down: 0.9, up: 0.8 },
  ],
  factor: [
    { down: 1.5, up: 1.8 },
    { down: 1.1, up: 1.3 },
  ],
};
const best = (now: number, readings: Readonly<Record<string, number>>, all = inputs) =>
  bestLevel(all, new Map(Object.entries(readings)), now);

test.each<[string, number, Readonly<Record<string, number>>, number, string | undefined]>([
  ['nothing was ever read', 1, {}, 1, undefined],
  ['the best level is not asked too much of', 0, { load: 0.59 }, 0, 'load'],
  ['a threshold is only just reached', 0, { load: 0.6 }, 1, 'load'],
  ['several are reached', 0, { load: 0.9 }, 2, 'load'],
  ['less of it is worse', 0, { load: 0.1, factor: 1.5 }, 1, 'factor'],
  ['the worst of several decides', 1, { load: 0.7, factor: 1 }, 2, 'factor'],
  ['it is between the thresholds', 1, { load: 0.55 }, 1, 'load'],
  ['up is only just not fallen short of', 1, { load: 0.5 }, 1, 'load'],
  ['one input does not allow it', 1, { load: 0.4, factor: 1.8 }, 1, 'factor'],
  ['all allow it', 1, { load: 0.4, factor: 1.9 }, 0, 'load'],
  ['all allow the best, it is no more than one better', 2, { load: 0 }, 1, 'load'],
  ['what is read is without end', 0, { load: Number.POSITIVE_INFINITY }, 2, 'load'],
])('when %s', (_when, now, readings, level, input) => {
  expect(best(now, readings)).toEqual({ level, input });
});

test('an input may have fewer thresholds than there are steps: it then asks for no more', () => {
  const few = { load: [{ down: 1, up: 0.5 }], factor: inputs.factor };
  expect(best(0, { load: Number.POSITIVE_INFINITY }, few).level).toBe(1);
  expect(best(2, { load: Number.POSITIVE_INFINITY }, few).level).toBe(1);
});
