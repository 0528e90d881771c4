import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { layer, type Policy, pipeline } from '../pipeline/index.ts';
import { retry } from '../retry/index.ts';
import { timeout } from '../timeout/index.ts';
import { bulkhead } from './index.ts';

const upTo = (max: number) => fc.noBias(fc.integer({ min: 1, max }));
const optional = <T>(some: fc.Arbitrary<T>) => fc.option(some, { nil: undefined });
const callSpec = fc.record({
  startMs: upTo(10_000_000),
  takesMs: fc.oneof(fc.constant(0), upTo(2_000_000)),
  abortAfterMs: optional(upTo(4_000_000)),
  priority: fc.integer({ min: 0, max: 2 }),
  fails: fc.boolean(),
});
const options = fc.record({
  limit: fc.integer({ min: 1, max: 4 }),
  size: fc.integer({ min: 0, max: 6 }),
  maxWaitMs: optional(upTo(3_000_000)),
  codel: fc.boolean(),
  timeoutMs: upTo(5_000_000),
  limits: fc.array(fc.record({ atMs: upTo(10_000_000), limit: fc.integer({ min: 1, max: 4 }) }), {
    maxLength: 4,
  }),
});
const numRuns = inject('long') ? 3000 : 300;

/** Does nothing, by hooks: the pipeline that it is in cannot let calls pass by gates. */
const hooked: Policy<never, unknown> = { kind: 'hooked', attach: () => layer({ enter: () => undefined }) };

test('never holds more than its limit; each call is admitted, refused or stopped; nothing is left; by gates as by hooks', async () => {
  await fc.assert(
    fc.asyncProperty(
      options,
      fc.array(callSpec, { minLength: 1, maxLength: 30, size: 'max' }),
      async (given, specs) => {
        const byGates = await observe(given, specs, []);
        expect(await observe(given, specs, [hooked])).toEqual(byGates);
      },
    ),
    { numRuns, seed: 3 },
  );
});

type Given = typeof options extends fc.Arbitrary<infer T> ? T : never;
type CallSpec = typeof callSpec extends fc.Arbitrary<infer T> ? T : never;

async function observe(given: Given, specs: readonly CallSpec[], more: readonly Policy<never, unknown>[]) {
  const clock = new SimulatedClock();
  const { size, maxWaitMs } = given;
  const subject = bulkhead({
    name: 'subject',
    limit: given.limit,
    ...(size > 0 && {
      queue: {
        size,
        ...(maxWaitMs && { maxWaitMs }),
        ...(given.codel && { codel: { targetMs: 50_000, intervalMs: 500_000 } }),
      },
    }),
  });
  const policies = pipeline(
    { clock },
    retry({
      maxAttempts: 2,
      backoff: () => 300_000,
      retryOn: (error) => (error as Error).message === 'fails',
    }),
    timeout(given.timeoutMs),
    ...more,
    subject,
  );
  const seen: string[] = [];
  const note = (what: string) => seen.push(`${clock.monotonicMs()}: ${what}`);
  let inside = 0;
  let limit = given.limit;
  for (const change of given.limits) {
    clock.schedule(change.atMs, () => {
      limit = change.limit;
      subject.setLimit(limit);
    });
  }
  const all = specs.map(async (spec, index) => {
    await clock.sleep(spec.startMs);
    const caller = new AbortController();
    const { signal } = caller;
    if (spec.abortAfterMs !== undefined) clock.schedule(spec.abortAfterMs, () => caller.abort('unwanted'));
    const work = async (attempt: { readonly signal: AbortSignal }) => {
      note(`${index} is inside`);
      // Those who were inside when the limit was lowered may stay, but nobody comes then.
      expect(++inside).toBeLessThanOrEqual(limit);
      expect(subject.state.active).toBe(inside);
      try {
        if (spec.takesMs > 0) await clock.sleep(spec.takesMs, { signal: attempt.signal });
        if (spec.fails) throw new Error('fails');
      } finally {
        inside--;
      }
    };
    try {
      await policies.run(work, { signal, priority: spec.priority });
      note(`${index} succeeds`);
    } catch (error) {
      note(`${index} ends: ${error instanceof Error ? error.message : error}`);
    }
  });
  await clock.run(Promise.all(all), Number.MAX_SAFE_INTEGER);
  expect(subject.state).toMatchObject({ active: 0, waiting: 0 });
  await clock.advance(20_000_000);
  expect(clock.waitingTimers).toBe(0);
  return seen;
}
