import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { Fault } from '../../faults/index.ts';
import { type Clock, type Random, SimulatedClock, seededRandom } from '../../time/index.ts';
import { breaker, exponential, fallback, type Policy, pipeline, retry, timeout } from '../index.ts';
import {
  doWork,
  fallBack,
  nestedRunner,
  type PolicySpec,
  type Runner,
  type WorkSpec,
} from './nested-pipeline.fixture.ts';

interface RunSpec {
  readonly startMs: number;
  readonly abortAfterMs: number | undefined;
  readonly works: readonly WorkSpec[];
}

/** Long and unbiased, so that no two things happen at the same time: their order would be nobody's promise. */
const upTo = (max: number) => fc.noBias(fc.integer({ min: 1, max }));
const timeMs = upTo(10_000_000);
/** Most pipelines should let calls pass by their gates. */
const seldom = <T, U>(value: fc.Arbitrary<T>, usual: U) =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 5 }, { arbitrary: value, weight: 1 });
const policySpec: fc.Arbitrary<PolicySpec> = fc.oneof(
  fc.record({
    kind: fc.constant('retry' as const),
    maxAttempts: fc.integer({ min: 1, max: 4 }),
    baseMs: fc.oneof(fc.constant(0), timeMs),
    maxElapsedMs: seldom(upTo(30_000_000), undefined),
    refuseBad: seldom(fc.constant(true), false),
  }),
  fc.record({
    kind: fc.constant('timeout' as const),
    ms: upTo(4_000_000),
    mode: fc.constantFrom('abandon' as const, 'cooperative' as const),
  }),
  fc.record({
    kind: fc.constant('breaker' as const),
    consecutive: fc.integer({ min: 1, max: 3 }),
    openMs: upTo(4_000_000),
    probes: fc.integer({ min: 1, max: 2 }),
    probeDeadlineMs: upTo(4_000_000),
  }),
  fc.record({
    kind: fc.constant('fallback' as const),
    takesMs: fc.oneof(fc.constant(0), timeMs),
    fails: fc.boolean(),
  }),
);
const workSpec: fc.Arbitrary<WorkSpec> = fc.record({
  takesMs: fc.oneof({ arbitrary: fc.constant(0), weight: 1 }, { arbitrary: timeMs, weight: 4 }),
  ends: fc.constantFrom('good', 'bad', 'flaky', 'flaky', 'mistake'),
  heedsSignal: fc.constantFrom('at once', 'half-way', 'never'),
});
const runSpec: fc.Arbitrary<RunSpec> = fc.record({
  startMs: upTo(20_000_000),
  abortAfterMs: fc.option(upTo(20_000_000), { nil: undefined, freq: 2 }),
  works: fc.array(workSpec, { minLength: 1, maxLength: 4, size: 'max' }),
});

test('a fused pipeline does what nested async functions do, whatever the policies and their order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(policySpec, { minLength: 1, maxLength: 6, size: 'max' }),
      fc.array(runSpec, { minLength: 1, maxLength: 12, size: 'max' }),
      fc.integer(),
      async (policies, runs, seed) => {
        const fused = await observe(runs, (clock) => fusedRunner(policies, clock, seededRandom(seed)));
        const nested = await observe(runs, (clock) => nestedRunner(policies, clock, seededRandom(seed)));
        expect(fused).toEqual(nested);
      },
    ),
    { numRuns: inject('long') ? 10_000 : 300, seed: 7 },
  );
});

/** Makes the runs on simulated time, and writes down all that can be seen from outside. */
async function observe(runs: readonly RunSpec[], runner: (clock: Clock) => Runner): Promise<string[]> {
  const clock = new SimulatedClock();
  const run = runner(clock);
  const seen: string[] = [];
  const note = (what: string) => seen.push(`${clock.monotonicMs()}: ${what}`);
  const all = runs.map(async ({ startMs, abortAfterMs, works }, index) => {
    await clock.sleep(startMs);
    const caller = abortAfterMs === undefined ? undefined : new AbortController();
    if (caller) clock.schedule(abortAfterMs as number, () => caller.abort('no longer wanted'));
    let calls = 0;
    const work: Parameters<Runner>[0] = (attempt) => {
      note(`run ${index} calls`);
      return doWork(works[calls++ % works.length] as WorkSpec, attempt, clock);
    };
    try {
      note(`run ${index} answers ${String(await run(work, caller?.signal))}`);
    } catch (error) {
      note(`run ${index} fails of ${nameOf(error)}`);
    }
  });
  await clock.run(Promise.all(all), Number.MAX_SAFE_INTEGER);
  return seen;
}

const nameOf = (error: unknown) =>
  error instanceof Fault ? error.code : error instanceof Error ? error.message : String(error);

function fusedRunner(specs: readonly PolicySpec[], clock: Clock, random: Random): Runner {
  const fused = pipeline({ clock, random }, ...specs.map((spec, index) => policyOf(spec, index, clock)));
  return (work, signal) => fused.run(work, { signal });
}

function policyOf(spec: PolicySpec, index: number, clock: Clock): Policy<unknown, unknown> {
  switch (spec.kind) {
    case 'retry':
      return retry({
        maxAttempts: spec.maxAttempts,
        backoff: exponential({ baseMs: spec.baseMs }),
        ...(spec.maxElapsedMs !== undefined && { maxElapsedMs: spec.maxElapsedMs }),
        ...(spec.refuseBad && { retryResult: (result: unknown) => result === 'bad' }),
      });
    case 'timeout':
      return timeout(spec.ms, { mode: spec.mode });
    case 'breaker':
      return breaker({
        name: `breaker ${index}`,
        consecutive: spec.consecutive,
        openMs: spec.openMs,
        halfOpenProbes: spec.probes,
        probeDeadlineMs: spec.probeDeadlineMs,
      });
    case 'fallback':
      return fallback((_error, attempt) => fallBack(spec, index, attempt, clock));
  }
}
