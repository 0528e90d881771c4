import { expect, test } from 'vitest';
import type { BenchFigure } from '../bench-case.ts';
import { sharedBreakerDecision, sharedBreakerTrip } from './shared-breaker.ts';

const hasRedis = process.env['REDIS_URL'] !== undefined || process.env['CI'] !== undefined;

test.skipIf(!hasRedis)('a trip is seen by another process within 50 ms, in 99 of 100 cases', async () => {
  const { value } = await sharedBreakerTrip();
  process.stdout.write(`  shared-breaker-trip: ${value.toFixed(1)} ms p99\n`);
  expect(value).toBeLessThanOrEqual(50);
});

test.skipIf(!hasRedis)('a decision costs what that of a local breaker does, to within 100 ns', async () => {
  const [{ value, rivalValue }] = (await sharedBreakerDecision()) as [Required<BenchFigure>];
  process.stdout.write(
    `  shared-breaker-decision: ${value.toFixed(0)} ns, local ${rivalValue.toFixed(0)} ns\n`,
  );
  expect(value - rivalValue).toBeLessThanOrEqual(100);
});
