import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { pipeline } from '../pipeline/index.ts';
import { type Quota, rateLimit, slidingWindow, tokenBucket } from './index.ts';
import { rateLimitFaults } from './rate-limit-faults.ts';

const upTo = (max: number) => fc.integer({ min: 1, max });
const callSpec = fc.record({
  startMs: upTo(5000),
  abortAfterMs: fc.option(upTo(3000), { nil: undefined }),
});
const calls = fc.array(callSpec, { minLength: 1, maxLength: 60, size: 'max' });
const maxWaitMs = fc.constantFrom(0, 700, 5000);
const numRuns = inject('long') ? 2000 : 250;

test('a token bucket gives no more than its burst and what has dripped, in any span of time, and never owes', async () => {
  await fc.assert(
    fc.asyncProperty(upTo(20), upTo(9), maxWaitMs, calls, async (rate, burst, wait, specs) => {
      const taken = await observe(tokenBucket({ tokensPerSecond: rate, burst }), wait, specs);
      expectNoMore(taken, (ms) => burst + (rate * ms) / 1000);
    }),
    { numRuns, seed: 5 },
  );
});

test('a sliding window never has more calls in it than it may', async () => {
  await fc.assert(
    fc.asyncProperty(upTo(9), upTo(1500), maxWaitMs, calls, async (most, ms, wait, specs) => {
      const taken = await observe(slidingWindow({ calls: most, windowMs: ms }), wait, specs);
      expectNoMore(taken, (spanMs) => (spanMs < ms ? most : Number.POSITIVE_INFINITY));
    }),
    { numRuns, seed: 6 },
  );
});

function expectNoMore(taken: readonly number[], most: (spanMs: number) => number): void {
  for (const [from, atMs] of taken.entries()) {
    for (const [i, laterMs] of taken.slice(from).entries()) {
      expect(i + 1).toBeLessThanOrEqual(most(laterMs - atMs) + 1e-6);
    }
  }
}

/** Makes the calls, and answers what was taken when. All end, in time, and nothing is left. */
async function observe(
  quota: Quota,
  maxWaitMs: number,
  specs: readonly (typeof callSpec extends fc.Arbitrary<infer T> ? T : never)[],
): Promise<number[]> {
  const clock = new SimulatedClock();
  const subject = rateLimit({ name: 'x', quota, maxWaitMs });
  const policies = pipeline({ clock }, subject);
  const taken: number[] = [];
  const all = specs.map(async ({ startMs, abortAfterMs }) => {
    await clock.sleep(startMs);
    const caller = new AbortController();
    if (abortAfterMs !== undefined) clock.schedule(abortAfterMs, () => caller.abort('unwanted'));
    const work = () => {
      taken.push(clock.monotonicMs());
    };
    const run = policies.run(work, { signal: caller.signal });
    await run.catch((error: unknown) => {
      if (error !== 'unwanted')
        expect(error).toSatisfy((fault) => rateLimitFaults.RATE_LIMITED.matches(fault));
    });
    expect(clock.monotonicMs() - startMs).toBeLessThanOrEqual(maxWaitMs);
  });
  await clock.run(Promise.all(all));
  await clock.advance(10_000);
  expect(clock.waitingTimers).toBe(0);
  return taken;
}
