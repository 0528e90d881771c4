import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../faults/index.ts';
import { type Clock, type Random, SimulatedClock, seededRandom } from '../../time/index.ts';
import {
  breaker,
  exponential,
  fallback,
  isRetryable,
  type Policy,
  pipeline,
  retry,
  timeout,
} from '../index.ts';

/**
 * What a pipeline means, said a second time in the plainest way: one async function a policy, each calling the
 * next, no fusing, no sharing of timers. Whatever the policies and their order, both must make the same calls at the
 * same times and end in the same way at the same time.
 */

type PolicySpec =
  | {
      kind: 'retry';
      maxAttempts: number;
      baseMs: number;
      maxElapsedMs: number | undefined;
      refuseBad: boolean;
    }
  | { kind: 'timeout'; ms: number; mode: 'abandon' | 'cooperative' }
  | { kind: 'breaker'; consecutive: number; openMs: number; probes: number; probeDeadlineMs: number }
  | { kind: 'fallback'; takesMs: number; fails: boolean };

interface WorkSpec {
  readonly takesMs: number;
  readonly ends: 'good' | 'bad' | 'flaky' | 'mistake';
  readonly heedsSignal: boolean;
}

interface RunSpec {
  readonly startMs: number;
  readonly abortAfterMs: number | undefined;
  readonly works: readonly WorkSpec[];
}

type Runner = (work: (signal: AbortSignal) => unknown, signal: AbortSignal) => Promise<unknown>;

/** Long and unbiased, so that no two things happen at the same time: their order would be nobody's promise. */
const upTo = (max: number) => fc.noBias(fc.integer({ min: 1, max }));
const timeMs = upTo(10_000_000);
const policySpec: fc.Arbitrary<PolicySpec> = fc.oneof(
  fc.record({
    kind: fc.constant('retry' as const),
    maxAttempts: fc.integer({ min: 1, max: 4 }),
    baseMs: fc.oneof(fc.constant(0), timeMs),
    maxElapsedMs: fc.option(upTo(30_000_000), { nil: undefined }),
    refuseBad: fc.boolean(),
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
  heedsSignal: fc.boolean(),
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
      fc.array(runSpec, { minLength: 1, maxLength: 6, size: 'max' }),
      fc.integer(),
      async (policies, runs, seed) => {
        const fused = await observe(runs, (clock) => fusedRunner(policies, clock, seededRandom(seed)));
        const nested = await observe(runs, (clock) => nestedRunner(policies, clock, seededRandom(seed)));
        expect(fused).toEqual(nested);
      },
    ),
    { numRuns: process.env['SUSTAIN_TEST_LONG'] === undefined ? 300 : 10_000, seed: 7 },
  );
}, 120_000);

/** Makes the runs on simulated time, and writes down all that can be seen from outside. */
async function observe(runs: readonly RunSpec[], runner: (clock: Clock) => Runner): Promise<string[]> {
  const clock = new SimulatedClock();
  const run = runner(clock);
  const seen: string[] = [];
  const note = (what: string) => seen.push(`${clock.monotonicMs()}: ${what}`);
  const all = runs.map(async ({ startMs, abortAfterMs, works }, index) => {
    await clock.sleep(startMs);
    const caller = new AbortController();
    if (abortAfterMs !== undefined) clock.schedule(abortAfterMs, () => caller.abort('no longer wanted'));
    let calls = 0;
    const work = (signal: AbortSignal) => {
      note(`run ${index} calls`);
      return doWork(works[calls++ % works.length] as WorkSpec, signal, clock);
    };
    try {
      note(`run ${index} answers ${String(await run(work, caller.signal))}`);
    } catch (error) {
      note(`run ${index} fails of ${nameOf(error)}`);
    }
  });
  await clock.run(Promise.all(all), Number.MAX_SAFE_INTEGER);
  return seen;
}

function doWork({ takesMs, ends, heedsSignal }: WorkSpec, signal: AbortSignal, clock: Clock): unknown {
  const end = () => {
    if (ends === 'flaky') throw new Error('flaky');
    if (ends === 'mistake') throw new TypeError('mistake');
    return ends;
  };
  if (takesMs === 0) return end();
  return clock.sleep(takesMs, { signal: heedsSignal ? signal : undefined }).then(end);
}

const nameOf = (error: unknown) =>
  error instanceof Fault ? error.code : error instanceof Error ? error.message : String(error);

function fusedRunner(specs: readonly PolicySpec[], clock: Clock, random: Random): Runner {
  const fused = pipeline({ clock, random }, ...specs.map((spec, index) => policyOf(spec, index, clock)));
  return (work, signal) => fused.run((attempt) => work(attempt.signal), { signal });
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
      return fallback((_error, attempt) => fallBack(spec, index, attempt.signal, clock));
  }
}

function fallBack(
  spec: PolicySpec & { kind: 'fallback' },
  index: number,
  signal: AbortSignal,
  clock: Clock,
): Promise<string> | string {
  const ends = spec.fails ? 'flaky' : 'good';
  const answer = doWork({ takesMs: spec.takesMs, ends, heedsSignal: true }, signal, clock);
  return answer instanceof Promise ? answer.then(() => `fallback ${index}`) : `fallback ${index}`;
}

// The reference.

type Outcome =
  | { readonly is: 'success'; readonly value: unknown }
  | { readonly is: 'failure'; readonly error: unknown }
  | { readonly is: 'cancelled' };

interface Context {
  /** Aborts when something further out stops the call. */
  readonly outside: AbortSignal;
  /** What the innermost abandoning timeout so far aborts with; who waits gives up when it aborts. */
  readonly abandoned: AbortSignal | undefined;
}

type Step = (context: Context) => Promise<Outcome>;

function nestedRunner(specs: readonly PolicySpec[], clock: Clock, random: Random): Runner {
  const wraps = specs.map((spec, index) => nestedOf(spec, index, clock, random));
  return async (work, signal) => {
    if (signal.aborted) throw signal.reason;
    const innermost: Step = (context) => settle(() => work(context.outside), context);
    const outermost = wraps.reduceRight((inner, wrap) => wrap(inner), innermost);
    const outcome = await outermost({ outside: signal, abandoned: undefined });
    if (outcome.is === 'success') return outcome.value;
    throw outcome.is === 'failure' ? outcome.error : signal.reason;
  };
}

function nestedOf(spec: PolicySpec, index: number, clock: Clock, random: Random): (inner: Step) => Step {
  switch (spec.kind) {
    case 'retry':
      return nestedRetry(spec, clock, random);
    case 'timeout':
      return nestedTimeout(spec, clock);
    case 'breaker':
      return nestedBreaker(spec, clock);
    case 'fallback':
      return nestedFallback((signal) => fallBack(spec, index, signal, clock));
  }
}

async function settle(work: () => unknown, { outside, abandoned }: Context): Promise<Outcome> {
  try {
    const answer = work();
    if (answer instanceof Promise && abandoned !== undefined) {
      return { is: 'success', value: await Promise.race([answer, aborted(abandoned)]) };
    }
    return { is: 'success', value: await answer };
  } catch (error) {
    return outside.aborted ? { is: 'cancelled' } : { is: 'failure', error };
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason));
  });
}

function nestedRetry(spec: PolicySpec & { kind: 'retry' }, clock: Clock, random: Random) {
  const backoff = exponential({ baseMs: spec.baseMs });
  return (inner: Step): Step =>
    async (context) => {
      const startMs = clock.monotonicMs();
      for (let attempts = 1; ; attempts++) {
        const outcome = await inner(context);
        if (outcome.is === 'cancelled' || context.outside.aborted) return outcome;
        const again =
          outcome.is === 'failure' ? isRetryable(outcome.error) : spec.refuseBad && outcome.value === 'bad';
        if (!again || attempts === spec.maxAttempts) return outcome;
        const delayMs = backoff(attempts, random);
        const limitMs = spec.maxElapsedMs ?? Number.POSITIVE_INFINITY;
        if (clock.monotonicMs() - startMs + delayMs > limitMs) return outcome;
        if (delayMs > 0) await clock.sleep(delayMs, { signal: context.outside }).catch(() => undefined);
        if (context.outside.aborted) return { is: 'cancelled' };
      }
    };
}

function nestedTimeout({ ms, mode }: PolicySpec & { kind: 'timeout' }, clock: Clock) {
  return (inner: Step): Step =>
    async ({ outside, abandoned }) => {
      const own = new AbortController();
      const both = AbortSignal.any([outside, own.signal]);
      const timer = clock.schedule(ms, () => own.abort(outside.aborted ? undefined : new Error('TIMED_OUT')));
      const outcome = await inner({ outside: both, abandoned: mode === 'abandon' ? both : abandoned });
      timer.cancel();
      if (!own.signal.aborted) return outcome;
      return outside.aborted ? { is: 'cancelled' } : { is: 'failure', error: timedOut };
    };
}

function nestedFallback(answer: (signal: AbortSignal) => unknown) {
  return (inner: Step): Step =>
    async (context) => {
      const outcome = await inner(context);
      return outcome.is === 'failure' ? settle(() => answer(context.outside), context) : outcome;
    };
}

function nestedBreaker(spec: PolicySpec & { kind: 'breaker' }, clock: Clock) {
  let state: 'closed' | 'open' | 'half-open' = 'closed';
  let era = 0;
  let failures = 0;
  let openUntilMs = 0;
  let probing = 0;
  let succeeded = 0;
  let lastProbeMs = 0;
  const become = (next: typeof state) => {
    state = next;
    era++;
    [failures, probing, succeeded] = [0, 0, 0];
    if (next === 'open') openUntilMs = clock.monotonicMs() + spec.openMs;
  };
  const admits = () => {
    if (state === 'closed') return true;
    if (state === 'open' && clock.monotonicMs() >= openUntilMs) become('half-open');
    if (state === 'open') return false;
    if (probing + succeeded === spec.probes) {
      if (clock.monotonicMs() >= lastProbeMs + spec.probeDeadlineMs) become('open');
      return false;
    }
    probing++;
    lastProbeMs = clock.monotonicMs();
    return true;
  };
  return (inner: Step): Step =>
    async (context) => {
      if (!admits()) return { is: 'failure', error: circuitOpen };
      const begunIn = era;
      const outcome = await inner(context);
      if (begunIn !== era) return outcome;
      if (state === 'half-open') probing--;
      if (outcome.is === 'success') {
        failures = 0;
        if (state === 'half-open' && ++succeeded === spec.probes) become('closed');
      }
      if (outcome.is === 'failure' && (state === 'half-open' || ++failures >= spec.consecutive))
        become('open');
      return outcome;
    };
}

const declared = { category: 'test', severity: 3, recovery: 'none', message: '' } as const;
const timedOut = new Fault('test', 'TIMED_OUT', { ...declared, retryable: true }, {});
const circuitOpen = new Fault('test', 'CIRCUIT_OPEN', declared, {});
