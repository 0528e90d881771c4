import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../time/index.ts';
import { latencyQuantile } from './latency-quantile.ts';

describe('the quantile of latencies', () => {
  test('is not known before there are enough of them', () => {
    const latencies = latencyQuantile(0.5, 3);
    for (let i = 0; i < 2; i++) latencies.record(10);
    expect(latencies.estimateMs()).toBeUndefined();
    latencies.record(10);
    expect(latencies.estimateMs()).toBeCloseTo(10, -1);
  });

  test('is at most a tenth above the true one, whatever the latencies', () => {
    const latency = fc.double({ min: 0.1, max: 5_000_000, noNaN: true });
    const recorded = fc.array(latency, { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(recorded, fc.constantFrom(0.05, 0.5, 0.9, 0.95, 0.99), (latenciesMs, q) => {
        const latencies = latencyQuantile(q, 1);
        for (const latencyMs of latenciesMs) latencies.record(latencyMs);
        const sorted = latenciesMs.toSorted((one, other) => one - other);
        // As many as q of them, up to the precision of a product of fractions, are not longer.
        const rank = (epsilon: number) => Math.max(Math.ceil(q * sorted.length + epsilon), 1) - 1;
        const estimateMs = latencies.estimateMs() as number;
        expect(estimateMs).toBeGreaterThanOrEqual((sorted[rank(-1e-9)] as number) * (1 - 1e-9));
        expect(estimateMs).toBeLessThanOrEqual(
          (sorted[Math.min(rank(1e-9), sorted.length - 1)] as number) * 1.1 + 0.01,
        );
      }),
    );
  });

  test('follows latencies that have changed', () => {
    const latencies = latencyQuantile(0.95, 100);
    const random = seededRandom('latencies');
    for (let i = 0; i < 5000; i++) latencies.record(10 + random.next());
    expect(latencies.estimateMs()).toBeLessThan(13);
    for (let i = 0; i < 500; i++) latencies.record(200 + random.next());
    expect(latencies.estimateMs()).toBeGreaterThan(200);
    for (let i = 0; i < 10_000; i++) latencies.record(10 + random.next());
    expect(latencies.estimateMs()).toBeLessThan(13);
  });

  test('takes latencies outside of its range as its ends', () => {
    const latencies = latencyQuantile(1, 1);
    latencies.record(0);
    expect(latencies.estimateMs()).toBeCloseTo(0.1, 1);
    latencies.record(1e12);
    expect(latencies.estimateMs()).toBeGreaterThan(3_600_000);
  });
});
