import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LoopGuard } from './loop-guard.ts';

const limits = { maxDepth: 2, maxPerFault: 3, maxTotal: 8, windowMs: 100 };

test('a fault beyond its limit is refused and kept quiet about; the first of the storm says so', () => {
  const guard = new LoopGuard(limits);
  const admissions = Array.from({ length: 5 }, () => guard.admit('a', 0));
  const none = undefined;
  expect(admissions).toEqual([none, none, none, { limit: 3, first: true }, { limit: 3, first: false }]);
  expect(guard.admit('b', 0)).toBe(undefined);
});

test('so is whatever comes beyond the limit of all together', () => {
  const guard = new LoopGuard(limits);
  for (let i = 0; i < 8; i++) guard.admit(`${i}`, 0);
  expect(guard.admit('8', 0)).toEqual({ limit: 8, first: true });
  expect(guard.admit('9', 0)).toEqual({ limit: 8, first: false });
});

test('refuses the own recovery anywhere in the chain, chains that are too long, and storms', () => {
  const guard = new LoopGuard(limits);
  expect(guard.refuses('a', ['a'], 0)).toBe('own-recovery');
  expect(guard.refuses('a', ['a', 'b'], 0)).toBe('own-recovery');
  expect(guard.refuses('c', ['a', 'b'], 0)).toBe('too-deep');
  const answers = Array.from({ length: 4 }, () => guard.refuses('c', ['a'], 0));
  expect(answers).toEqual([undefined, undefined, undefined, 'storm']);
});

test('whatever comes whenever, a window admits no more than its limits and speaks of a storm once a cause', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 80 }), (reports) => {
      const guard = new LoopGuard(limits);
      const admitted = new Map<string, number>();
      let total = 0;
      let storms = 0;
      for (const key of reports) {
        const storm = guard.admit(key, 50);
        if (storm === undefined) admitted.set(key, (admitted.get(key) ?? 0) + 1);
        if (storm === undefined) total++;
        if (storm?.first) storms++;
      }
      expect(total).toBeLessThanOrEqual(limits.maxTotal);
      expect(Math.max(0, ...admitted.values())).toBeLessThanOrEqual(limits.maxPerFault);
      expect(storms).toBeLessThanOrEqual(admitted.size + 1);
    }),
  );
});
