import { expect, test } from 'vitest';
import type { BenchFigure } from '../bench-case.ts';
import { cases } from './policies.ts';

/**
 * The bounds are far below what a quiet machine shows (see docs/decisions/0002-fused-pipeline.md): they are here to
 * notice a change that makes calls many times as dear, on whatever machine the tests run.
 */
test.each<[string, Record<string, number>]>([
  ['four-policies', { cockatiel: 10, opossum: 1, 'bare-await': 0.2 }],
  ['four-policies-abandon', { cockatiel: 6, opossum: 1, 'bare-await': 0.15 }],
  ['open-reject', { cockatiel: 1.5, opossum: 1.5 }],
  ['open-reject-fallback', { cockatiel: 10, opossum: 6 }],
  ['failing-call-50k-window', { 'empty-window': 1 / 1.5, opossum: 50 }],
])('%s costs no more than its rivals', async (name, bounds) => {
  const benchCase = cases.find((one) => one.name === name);
  const figures = [await benchCase?.run()].flat() as BenchFigure[];
  const ratios = Object.fromEntries(
    figures.map(({ value, rival, rivalValue }) => [rival, (rivalValue ?? Number.NaN) / value]),
  );
  for (const [rival, bound] of Object.entries(bounds)) expect(ratios).toHaveProperty(rival, atLeast(bound));
});

const atLeast = (bound: number) => expect.toSatisfy((ratio: number) => ratio >= bound, `at least ${bound}`);
