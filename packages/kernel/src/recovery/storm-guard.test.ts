import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stormGuard } from './storm-guard.ts';

test('a kind beyond its limit is told apart; the first of the storm says so', () => {
  const excess = stormGuard();
  for (let i = 1; i <= 100; i++) expect(excess('a', 0)).toBeLessThanOrEqual(0);
  expect([excess('a', 0), excess('a', 9999), excess('b', 9999)]).toEqual([1, 2, -99]);
  expect(excess('a', 10_000)).toBe(-99);
});

test('beyond 2000 kinds all others count as one', () => {
  const excess = stormGuard();
  for (let i = 0; i < 2000; i++) excess(`${i}`, 0);
  for (let i = 0; i < 100; i++) expect(excess(`other ${i}`, 0)).toBeLessThanOrEqual(0);
  expect([excess('another', 0), excess('one more', 0), excess('0', 0)]).toEqual([1, 2, -98]);
});

test('whatever comes whenever, a window admits no more than its limits and speaks of a storm once a cause', () => {
  const kinds = fc.constantFrom('a', 'b', 'c');
  fc.assert(
    fc.property(fc.array(fc.tuple(kinds, fc.nat(150)), { maxLength: 8 }), (floods) => {
      const excess = stormGuard();
      const admitted = new Map<string, number>();
      let storms = 0;
      for (const [kind, times] of floods) {
        for (let i = 0; i < times; i++) {
          const beyond = excess(kind, 50);
          if (beyond <= 0) admitted.set(kind, (admitted.get(kind) ?? 0) + 1);
          if (beyond === 1) storms++;
        }
      }
      expect(Math.max(0, ...admitted.values())).toBeLessThanOrEqual(100);
      expect(storms).toBe([...admitted.values()].filter((count) => count === 100).length - full(floods));
    }),
  );
});

/** How many kinds came exactly as often as they may, so that no storm began. */
function full(floods: readonly (readonly [string, number])[]): number {
  const totals = Object.values(Object.groupBy(floods, ([kind]) => kind));
  return totals.filter((flood = []) => flood.reduce((sum, [, times]) => sum + times, 0) === 100).length;
}
