import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../time/index.ts';
import { latencyQuantile } from './latency-quantile.ts';

describe('the quantile of latencies', () => {
  test('is not known before there are enough of them', () => {
    const latencies = latencyQuantile(0.5);
    for (let i = 0; i < 99; i++) latencies.record(10);
    expect(latencies.estimateMs()).toBeUndefined();
    latencies.record(10);
    expect(latencies.estimateMs()).toBeCloseTo(10, -1);
  });

  test('has the part 1 - q of them above it, whatever the latencies', () => {
    const latency = fc.double({ min: 0.1, max: 10_000, noNaN: true });
    const recorded = fc.array(latency, { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(recorded, fc.constantFrom(0.5, 0.9, 0.95, 0.99), (latenciesMs, q) => {
        const latencies = latencyQuantile(q);
        const count = 10_000;
        let above = 0;
        for (let i = 0; i < count; i++) {
          const latencyMs = latenciesMs[i % latenciesMs.length] as number;
          if (i >= 100 && latencyMs > (latencies.estimateMs() as number)) above++;
          latencies.record(latencyMs);
        }
        // The way from the least to the greatest latency and back, in steps of a tenth, is all that it may be off by.
        expect(Math.abs(above / count - (1 - q))).toBeLessThan(
          Math.log(100_000) / Math.log(1.1) / count + 0.01,
        );
      }),
    );
  });

  test('comes near to the true one', () => {
    const random = seededRandom('latencies');
    const latencies = latencyQuantile(0.95);
    let sumMs = 0;
    for (let i = 0; i < 20_000; i++) {
      latencies.record(-Math.log(1 - random.next()) * 100);
      if (i >= 10_000) sumMs += latencies.estimateMs() as number;
    }
    expect(sumMs / 10_000 / (-Math.log(0.05) * 100)).toBeCloseTo(1, 1);
  });

  test('follows latencies that have changed', () => {
    const latencies = latencyQuantile(0.95);
    const random = seededRandom('latencies');
    const record = (times: number, leastMs: number) => {
      for (let i = 0; i < times; i++) latencies.record(leastMs + random.next());
    };
    record(5000, 10);
    expect(latencies.estimateMs()).toBeLessThan(13);
    record(100, 200);
    expect(latencies.estimateMs()).toBeGreaterThan(180);
    record(1000, 10);
    expect(latencies.estimateMs()).toBeLessThan(13);
  });

  test('is not stuck at nothing when the first latency was 0', () => {
    const latencies = latencyQuantile(0.5);
    for (let i = 0; i < 200; i++) latencies.record(i ? 10 : 0);
    expect(latencies.estimateMs()).toBeCloseTo(10, -1);
  });
});
