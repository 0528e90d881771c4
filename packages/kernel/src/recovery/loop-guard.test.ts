import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loopGuard } from './loop-guard.ts';

const limits = { maxDepth: 2, maxPerFault: 3, maxTotal: 8, windowMs: 100 };

test('a fault beyond its limit is refused and kept quiet about; the first of the storm says so', () => {
  const guard = loopGuard(limits);
  const admissions = Array.from({ length: 5 }, () => guard.excess('a', 0));
  expect(admissions).toEqual([0, 0, 0, 1, 2]);
  expect(guard.excess('b', 0)).toBe(0);
});

test('so is whatever comes beyond the limit of all together', () => {
  const guard = loopGuard(limits);
  for (let i = 0; i < 8; i++) guard.excess(`${i}`, 0);
  expect(guard.excess('8', 0)).toBe(1);
  expect(guard.excess('9', 0)).toBe(2);
});

test('refuses the own recovery anywhere in the chain, chains that are too long, and storms', () => {
  const guard = loopGuard(limits);
  expect(guard.refuses('a', ['a'], 0)).toBe('own-recovery');
  expect(guard.refuses('a', ['a', 'b'], 0)).toBe('own-recovery');
  expect(guard.refuses('c', ['a', 'b'], 0)).toBe('too-deep');
  const answers = Array.from({ length: 4 }, () => guard.refuses('c', ['a'], 0));
  expect(answers).toEqual([undefined, undefined, undefined, 'storm']);
});

test('whatever comes whenever, a window admits no more than its limits and speaks of a storm once a cause', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 80 }), (reports) => {
      const guard = loopGuard(limits);
      const admitted = new Map<string, number>();
      let total = 0;
      let storms = 0;
      for (const key of reports) {
        const excess = guard.excess(key, 50);
        if (excess === 0) admitted.set(key, (admitted.get(key) ?? 0) + 1);
        if (excess === 0) total++;
        if (excess === 1) storms++;
      }
      expect(total).toBeLessThanOrEqual(limits.maxTotal);
      expect(Math.max(0, ...admitted.values())).toBeLessThanOrEqual(limits.maxPerFault);
      expect(storms).toBeLessThanOrEqual(admitted.size + 1);
    }),
  );
});
