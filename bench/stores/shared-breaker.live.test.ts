import { expect, test } from 'vitest';
import type { BenchFigure } from '../bench-case.ts';
import { sharedBreakerDecision, sharedBreakerTrip } from './shared-breaker.ts';

/** What is promised is 50 ms and 100 ns: `npm run bench -- stores`. These bounds are for whatever machine the tests run on. */
const MOST = { tripMs: 250, decisionNs: 500 };

const hasRedis = process.env['REDIS_URL'] !== undefined || process.env['CI'] !== undefined;

test.skipIf(!hasRedis)('a trip is soon seen by another process, in 99 of 100 cases', async () => {
  const { value } = await sharedBreakerTrip();
  process.stdout.write(`  shared-breaker-trip: ${value.toFixed(1)} ms p99\n`);
  expect(value).toBeLessThanOrEqual(MOST.tripMs);
});

test.skipIf(!hasRedis)('a decision costs about what that of a local breaker does', async () => {
  const [{ value, rivalValue }] = (await sharedBreakerDecision()) as [Required<BenchFigure>];
  process.stdout.write(
    `  shared-breaker-decision: ${value.toFixed(0)} ns, local ${rivalValue.toFixed(0)} ns\n`,
  );
  expect(value - rivalValue).toBeLessThanOrEqual(MOST.decisionNs);
});
