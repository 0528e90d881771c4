import { expect, test } from 'vitest';
import { decideLevel, firstState, type LadderState, type Reading } from './decide-level.ts';
import { checkRules, type LadderRuleOptions } from './ladder-rules.ts';

const options: LadderRuleOptions = {
  levels: ['full', 'less', 'least'],
  inputs: {
    load: [
      { down: 0.6, up: 0.5 },
      { down: 0.9, up: 0.8 },
    ],
    factor: [
      { down: 1.5, up: 1.8 },
      { down: 1.1, up: 1.3 },
    ],
  },
  downDwellMs: 10,
  upDwellMs: 100,
  staleMs: 500,
};
const rules = checkRules(options);

type Values = Readonly<Record<string, number | readonly [value: number, atMs: number]>>;

function decide(state: Partial<LadderState>, values: Values, nowMs = 0) {
  const readings = Object.entries(values).map(([input, at]): [string, Reading] => {
    const [value, atMs] = typeof at === 'number' ? [at, nowMs] : at;
    return [input, { value, atMs }];
  });
  const decision = decideLevel(rules, { ...firstState(rules), ...state }, new Map(readings), nowMs);
  return { ...decision, level: decision.state.level };
}

test.each<[string, Partial<LadderState>, Values, number, string, string | undefined]>([
  ['nothing was ever read', {}, {}, 0, 'no-reading', undefined],
  ['the best level is not asked too much of', {}, { load: 0.59 }, 0, 'steady', 'load'],
  ['a threshold is only just reached', {}, { load: 0.6 }, 0, 'down-dwell', 'load'],
  ['less of it is worse', {}, { load: 0.1, factor: 1.5 }, 0, 'down-dwell', 'factor'],
  ['the worst of several decides', { level: 1 }, { load: 0.7, factor: 1 }, 1, 'down-dwell', 'factor'],
  ['the dwell is not over', { downSinceMs: 1, downTo: 1 }, { load: 0.6 }, 0, 'down-dwell', 'load'],
  ['the dwell is over', { downSinceMs: 0, downTo: 1 }, { load: 0.6 }, 1, 'overloaded', 'load'],
  ['it is between the thresholds', { level: 1 }, { load: 0.55 }, 1, 'steady', 'load'],
  ['up is only just not fallen short of', { level: 1 }, { load: 0.5 }, 1, 'steady', 'load'],
  [
    'one input does not allow it',
    { level: 1, upSinceMs: -900 },
    { load: 0.4, factor: 1.8 },
    1,
    'steady',
    'factor',
  ],
  ['all allow it, but not for long enough', { level: 1 }, { load: 0.4, factor: 1.9 }, 1, 'up-dwell', 'load'],
  ['all have allowed it for the dwell', { level: 1, upSinceMs: -90 }, { load: 0.4 }, 0, 'relieved', 'load'],
  ['the one that allows it is stale', { level: 1 }, { load: [0.4, -491] }, 1, 'no-reading', 'load'],
  ['one of them is stale', { level: 1 }, { load: 0.4, factor: [9, -491] }, 1, 'no-reading', 'factor'],
  ['the one that asks for less is stale', {}, { load: [0.99, -491], factor: 9 }, 0, 'no-reading', 'load'],
])('when %s', (_when, state, values, level, reason, input) => {
  expect(decide(state, values, 10)).toMatchObject({ level, reason, input });
});

test('the dwell over, it goes down by as many levels as were asked for throughout, and no further', () => {
  const first = decide({}, { load: 0.95 }, 0);
  const milder = decide(first.state, { load: 0.65 }, 5);
  const worse = decide(milder.state, { load: 0.95 }, 9);
  expect(decide(worse.state, { load: 0.95 }, 10)).toMatchObject({ level: 1, reason: 'overloaded' });
  const steady = decide(first.state, { load: 0.95 }, 5);
  expect(decide(steady.state, { load: 0.95 }, 10)).toMatchObject({ level: 2, reason: 'overloaded' });
});

test('a reading that recovers ends the dwell', () => {
  const first = decide({}, { load: 0.95 }, 0);
  const recovered = decide(first.state, { load: 0.3 }, 5);
  expect(decide(recovered.state, { load: 0.95 }, 10)).toMatchObject({ level: 0, reason: 'down-dwell' });
});

test('it goes up one level at a time, each after a dwell of its own', () => {
  const first = decide({ level: 2 }, { load: 0.1 }, 0);
  const up = decide(first.state, { load: 0.1 }, 100);
  expect(up).toMatchObject({ level: 1, reason: 'relieved' });
  const next = decide(up.state, { load: 0.1 }, 110);
  expect(decide(next.state, { load: 0.1 }, 209)).toMatchObject({ level: 1, reason: 'up-dwell' });
  expect(decide(next.state, { load: 0.1 }, 210)).toMatchObject({ level: 0, reason: 'relieved' });
});

test('a step up that is taken back soon doubles the dwell up to its limit; one that held ends that', () => {
  const fall = (state: Partial<LadderState>, nowMs: number) => {
    const asked = decide({ ...state, level: 0, downSinceMs: 0, downTo: 1 }, { load: 0.7 }, nowMs);
    expect(asked.reason).toBe('overloaded');
    return asked.state.upDwellMs;
  };
  expect(fall({ wentUpMs: 1001 }, 2000)).toBe(200);
  expect(fall({ wentUpMs: 1001, upDwellMs: 200 }, 2000)).toBe(400);
  expect(fall({ wentUpMs: 1001, upDwellMs: 900 }, 2000)).toBe(1600);
  expect(fall({ wentUpMs: 1001, upDwellMs: 1600 }, 2000)).toBe(1600);
  expect(fall({ wentUpMs: 1000, upDwellMs: 1600 }, 2000)).toBe(100);
  expect(fall({}, 2000)).toBe(100);
});

test('deciding changes nothing but what it answers', () => {
  const state = Object.freeze({ ...firstState(rules), level: 1 });
  const readings = new Map([['load', Object.freeze({ value: 0.95, atMs: 0 })]]);
  const answers = [1, 2].map(() => decideLevel(rules, state, readings, 50));
  expect(answers[0]).toEqual(answers[1]);
});

/** One input, with thresholds given as `[down, up]`. */
const one = (...steps: readonly (readonly [number, number])[]) => ({
  inputs: { load: steps.map(([down, up]) => ({ down, up })) },
});

test.each<[Partial<LadderRuleOptions>, string]>([
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
  [{ downDwellMs: -1 }, 'downDwellMs of the quality ladder must be a number of 0 or more; got -1'],
  [{ upDwellMs: Number.NaN }, 'upDwellMs'],
  [{ staleMs: '1' as never }, 'staleMs'],
])('rules that cannot hold are refused: %o', (wrong, message) => {
  expect(() => checkRules({ ...options, ...wrong })).toThrow(message);
});

test('an input may have fewer thresholds than there are steps: it then asks for no more', () => {
  const breaker = checkRules({ ...options, downDwellMs: 0, ...one([1, 0.5]) });
  const at = (state: Partial<LadderState>, value: number) =>
    decideLevel(breaker, { ...firstState(breaker), ...state }, new Map([['load', { value, atMs: 0 }]]), 0);
  expect(at({}, 1).state.level).toBe(1);
  expect(at({}, Number.POSITIVE_INFINITY).state.level).toBe(1);
  expect(at({ level: 2, upSinceMs: -100 }, Number.POSITIVE_INFINITY)).toMatchObject({
    reason: 'relieved',
    state: { level: 1 },
  });
});

test('the defaults are as documented', () => {
  const { levels, inputs } = options;
  expect(checkRules({ levels, inputs })).toEqual({
    levels,
    inputs,
    downDwellMs: 0,
    upDwellMs: 30_000,
    staleMs: 60_000,
  });
});
