import { expect, test } from 'vitest';
import { FrameRing } from './frame-ring.ts';

const frame = (sequence: number) => Uint8Array.of(sequence);

test('the last frames are found by their sequence, older and coming ones are not', () => {
  const ring = new FrameRing(3);
  expect([ring.oldestSequence, ring.nextSequence, ring.at(0)]).toEqual([0, 0, undefined]);
  for (let sequence = 0; sequence < 5; sequence++) ring.push(frame(sequence));
  expect([ring.oldestSequence, ring.nextSequence]).toEqual([2, 5]);
  expect([1, 2, 3, 4, 5].map((sequence) => ring.at(sequence)?.[0])).toEqual([undefined, 2, 3, 4, undefined]);
  for (const odd of [-1, 2.5, Number.NaN, Number.POSITIVE_INFINITY]) expect(ring.at(odd)).toBeUndefined();
});

test('a ring of nothing is refused', () => {
  expect(() => new FrameRing(0)).toThrow(/1 or more; got 0/);
});
