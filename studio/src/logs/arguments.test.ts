import { expect, test } from 'vitest';
import { levelName, pointInTime, wholeNumber } from './arguments.ts';

const NOW_MS = Date.UTC(2026, 10, 22, 12);

test.each([
  ['90s', '2026-11-22T11:58:30.000Z'],
  ['1.5h', '2026-11-22T10:30:00.000Z'],
  ['7d', '2026-11-15T12:00:00.000Z'],
  ['500ms', '2026-11-22T11:59:59.500Z'],
  ['2026-11-22', '2026-11-22T00:00:00.000Z'],
  ['2026-11-22T13:40', '2026-11-22T13:40:00.000Z'],
  ['2026-11-22 13:40:25', '2026-11-22T13:40:25.000Z'],
  ['2026-11-22T13:40:25.123Z', '2026-11-22T13:40:25.123Z'],
  ['2026-11-22T13:40+02:00', '2026-11-22T11:40:00.000Z'],
])('%s is %s', (text, time) => {
  expect(new Date(pointInTime(NOW_MS)(text)).toISOString()).toBe(time);
});

test.each([
  'yesterday',
  '1',
  '-1h',
  '1h30m',
  '2026-13-45',
  '2026-11-22T25:00',
  '22.11.2026',
  '',
  '1e9d',
  '999999999999d',
])('a time is not: %j', (text) => {
  expect(() => pointInTime(NOW_MS)(text)).toThrow(/90s, 15m, 2h, 7d.*ISO 8601/);
});

test('levels are taken in small letters, and others refused with those that there are', () => {
  expect(levelName('error')).toBe('ERROR');
  for (const wrong of ['loud', 'constructor', ''])
    expect(() => levelName(wrong)).toThrow(/DEBUG, INFO, WARNING/);
});

test('numbers are whole and in their range', () => {
  expect(wholeNumber('a limit', 1, 10)('7')).toBe(7);
  for (const wrong of ['0', '11', '1.5', '-1', 'x', '', '1e1']) {
    expect(() => wholeNumber('a limit', 1, 10)(wrong)).toThrow('a limit is a whole number from 1 to 10.');
  }
});
