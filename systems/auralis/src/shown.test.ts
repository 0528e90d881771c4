import { expect, test } from 'vitest';
import { shown } from './shown.ts';

const circle: Record<string, unknown> = {};
circle['self'] = circle;

test.each([
  ['a text', '"a text"'],
  [Number.NaN, 'NaN'],
  [undefined, 'undefined'],
  [{ key: ['C'] }, '{"key":["C"]}'],
  [7n, '[bigint]'],
  [circle, '[object]'],
  [Symbol('s'), 'Symbol(s)'],
])('%s is shown as %s', (value, text) => {
  expect(shown(value, 80)).toBe(text);
});

test('what is long is cut to its limit', () => {
  expect(shown('x'.repeat(100), 10)).toBe('"xxxxxxxx…');
});
