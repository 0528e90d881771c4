import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LoopGuard } from './loop-guard.ts';

const limits = { maxDepth: 2, maxPerFault: 3, maxTotal: 8, windowMs: 100 };

test('a fault beyond its limit is refused and kept quiet about; the first of the storm says so', () => {
  const guard = new LoopGuard(limits);
  const admissions = Array.from({ length: 5 }, () => guard.admit('a', [], 0));
  expect(admissions).toEqual([
    { audible: true },
    { audible: true },
    { audible: true },
    { refusal: 'storm', audible: false, stormOver: 3 },
    { refusal: 'storm', audible: false },
  ]);
  expect(guard.admit('b', [], 0)).toEqual({ audible: true });
});

test('so is whatever comes beyond the limit of all together', () => {
  const guard = new LoopGuard(limits);
  for (let i = 0; i < 8; i++) guard.admit(`${i}`, [], 0);
  expect(guard.admit('8', [], 0)).toEqual({ refusal: 'storm', audible: false, stormOver: 8 });
  expect(guard.admit('9', [], 0)).toEqual({ refusal: 'storm', audible: false });
});

test('refuses the own recovery anywhere in the chain, and chains that are too long', () => {
  const guard = new LoopGuard(limits);
  expect(guard.admit('a', ['a'], 0).refusal).toBe('own-recovery');
  expect(guard.admit('a', ['a', 'b'], 0).refusal).toBe('own-recovery');
  expect(guard.admit('c', ['a', 'b'], 0).refusal).toBe('too-deep');
  expect(guard.admit('c', ['a'], 0).refusal).toBe(undefined);
});

test('whatever comes whenever, a window admits no more than its limits and speaks of a storm once a cause', () => {
  const anyReport = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.nat(9));
  fc.assert(
    fc.property(fc.array(anyReport, { maxLength: 80 }), (reports) => {
      const guard = new LoopGuard(limits);
      const admitted = new Map<string, number>();
      let total = 0;
      let storms = 0;
      for (const [key] of reports) {
        const { refusal, audible, stormOver } = guard.admit(key, [], 50);
        expect(audible).toBe(refusal === undefined);
        if (refusal === undefined) admitted.set(key, (admitted.get(key) ?? 0) + 1);
        if (refusal === undefined) total++;
        if (stormOver !== undefined) storms++;
      }
      expect(total).toBeLessThanOrEqual(limits.maxTotal);
      expect(Math.max(0, ...admitted.values())).toBeLessThanOrEqual(limits.maxPerFault);
      expect(storms).toBeLessThanOrEqual(admitted.size + 1);
    }),
  );
});
