import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { duration, milliseconds, ratio, size, timeWithUnit } from './index.ts';

const DAY_MS = 86_400_000;

describe('sizes', () => {
  test.each([
    ['10MB', 10_000_000],
    ['100 MB', 100_000_000],
    ['10mib', 10_485_760],
    ['1.5 GB', 1_500_000_000],
    ['64KiB', 65_536],
    ['512', 512],
    [512, 512],
    ['7 bytes', 7],
  ])('%s is %d bytes', (text, bytes) => {
    expect(size().parse(text)).toBe(bytes);
  });

  test.each([
    '',
    '10 X',
    '-1MB',
    '1e3',
    'MB',
    '1.2.3MB',
    'NaN',
    0,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
    null,
    '10MB constructor',
    '10constructor',
    '9999999 TB',
  ])('%s is no size', (given) => expect(size().safeParse(given).success).toBe(false));
});

describe('times', () => {
  test.each([
    ['5m', 300_000],
    ['30 days', 30 * DAY_MS],
    ['1h 30m', 5_400_000],
    ['250ms', 250],
    ['1.5s', 1500],
    ['2w', 14 * DAY_MS],
    [300, 300_000],
    ['300', 300_000],
    [0, 0],
    [5.0, 5000],
  ])('%s is %d ms', (text, ms) => {
    expect(duration().parse(text)).toBe(ms);
  });

  test('a bare number is milliseconds where the name says so, and nothing where the unit is needed', () => {
    expect(milliseconds().parse(1000)).toBe(1000);
    expect(milliseconds().parse('2s')).toBe(2000);
    expect(timeWithUnit().parse('90 days')).toBe(90 * DAY_MS);
    expect(timeWithUnit().safeParse('90').success).toBe(false);
    expect(timeWithUnit().safeParse(90).success).toBe(false);
  });

  test.each([
    '',
    'soon',
    '5 parsecs',
    '-5s',
    'm',
    '1.2.3s',
    '5m!',
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    '5toString',
  ])('%s is no time', (given) => expect(duration().safeParse(given).success).toBe(false));
});

test.each([
  ['80%', 0.8],
  ['0 %', 0],
  ['100%', 1],
  [0.8, 0.8],
  ['0.25', 0.25],
])('%s is the part %d', (text, part) => {
  expect(ratio().parse(text)).toBeCloseTo(part);
});

test.each([80, '80', '101%', -0.1, 'half', '', '%', Number.NaN, true])(
  '%s is no part of a whole',
  (given) => {
    expect(ratio().safeParse(given).success).toBe(false);
  },
);

test('whatever is given, a value is a finite number that is not negative, or it is refused', () => {
  const given = fc.oneof(fc.string(), fc.anything(), fc.stringMatching(/^[\d.]{1,4} ?[a-zA-Z%]{0,6}$/));
  fc.assert(
    fc.property(given, fc.constantFrom(size, duration, milliseconds, ratio, timeWithUnit), (value, kind) => {
      const read = kind().safeParse(value);
      expect(read.success ? Number.isFinite(read.data) && (read.data ?? -1) >= 0 : true).toBe(true);
    }),
    { numRuns: 500, seed: 5 },
  );
});
