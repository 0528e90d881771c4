import { expect, test } from 'vitest';
import { type Allowed, COUNT, checkOption, checkOptions, FOREVER, FUNCTION, TEXT, WAIT } from './index.ts';

test.each([
  ['a word', '5', TypeError, 'got 5'],
  ['a big integer', 5n, TypeError, 'got 5'],
  ['a symbol', Symbol('five'), TypeError, 'got Symbol(five)'],
  ['an object without a prototype', Object.create(null), TypeError, 'got object'],
  ['nothing', undefined, TypeError, 'got undefined'],
  ['no number', Number.NaN, RangeError, 'got NaN'],
  ['infinity', FOREVER, RangeError, 'got Infinity'],
  ['a fraction', 1.5, RangeError, 'got 1.5'],
  ['too little', 0, RangeError, 'got 0'],
])('a count that is %s is refused, with what was got and what is allowed', (_what, value, type, got) => {
  const check = () => checkOption('limit', value, COUNT);
  expect(check).toThrow(type);
  expect(check).toThrow(`limit must be a whole number of 1 or more; ${got}`);
});

test.each<[string, unknown, Allowed, string]>([
  ['a time', -1, WAIT, `a number from 0 to ${Number.MAX_SAFE_INTEGER}; got -1`],
  ['a time of infinity', FOREVER, WAIT, `a number from 0 to ${Number.MAX_SAFE_INTEGER}; got Infinity`],
  ['what must be above', 0, { least: 0, above: true }, 'a number above 0; got 0'],
  ['a text', '', TEXT, 'a text that is not empty; got '],
  ['a function', null, FUNCTION, 'a function; got null'],
  ['a word', 'red', ['green', 'blue'], 'one of green,blue; got red'],
])('%s that is not allowed is refused', (_what, value, allowed, message) => {
  expect(() => checkOptions('test', { x: [value, allowed] })).toThrow(`x of the test must be ${message}`);
});

test('what is allowed passes, also a function that is left out', () => {
  expect(() =>
    checkOptions('test', {
      count: [1, COUNT],
      waitMs: [0.5, WAIT],
      limit: [FOREVER, { least: 0, above: true }],
      name: ['x', TEXT],
      when: [undefined, FUNCTION],
      mode: ['blue', ['green', 'blue']],
    }),
  ).not.toThrow();
});
