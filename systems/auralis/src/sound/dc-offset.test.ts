import { expect, test } from 'vitest';
import { dcOffset } from './dc-offset.ts';
import { tone } from './sound.fixture.ts';

test('a tone has no offset, and one that is added is found, in either channel', () => {
  const even = tone(1);
  const lowered = even.map((sample) => sample - 0.01);
  expect(Math.abs(dcOffset([even, even]))).toBeLessThan(1e-6);
  expect(dcOffset([even, lowered])).toBeCloseTo(-0.01, 6);
  expect(dcOffset([lowered, even])).toBeCloseTo(-0.01, 6);
});

test('nothing has no offset', () => {
  expect(dcOffset([])).toBe(0);
  expect(dcOffset([new Float32Array(0)])).toBe(0);
});
