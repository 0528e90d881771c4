import { defineFaults, fault } from '../../faults/index.ts';
import type { Clock, Random } from '../../time/index.ts';
import { exponential, isRetryable } from '../retry/index.ts';

// What a pipeline means, in the plainest way: one async function a policy, each calling the next.

export type PolicySpec =
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

export interface WorkSpec {
  readonly takesMs: number;
  readonly ends: 'good' | 'bad' | 'flaky' | 'mistake';
  /** When it reads its signal. */
  readonly heedsSignal: 'at once' | 'half-way' | 'never';
}

/** What has a signal, which may be read at any time, or never. */
interface Signalled {
  readonly signal: AbortSignal;
}

export type Runner = (
  work: (attempt: Signalled) => unknown,
  caller: AbortSignal | undefined,
) => Promise<unknown>;

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

export function nestedRunner(specs: readonly PolicySpec[], clock: Clock, random: Random): Runner {
  const wraps = specs.map((spec, index) => nestedOf(spec, index, clock, random));
  return async (work, signal = new AbortController().signal) => {
    if (signal.aborted) throw signal.reason;
    const innermost: Step = (context) => settle(() => work({ signal: context.outside }), context);
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
      return nestedFallback((attempt) => fallBack(spec, index, attempt, clock));
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

function nestedFallback(answer: (attempt: Signalled) => unknown) {
  return (inner: Step): Step =>
    async (context) => {
      const outcome = await inner(context);
      return outcome.is === 'failure' ? settle(() => answer({ signal: context.outside }), context) : outcome;
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

const declared = { category: 'test', severity: 3, recovery: 'none', message: 'x' } as const;
const faults = defineFaults('test', {
  TIMED_OUT: fault({ ...declared, retryable: true }),
  CIRCUIT_OPEN: fault(declared),
});
const timedOut = faults.TIMED_OUT({});
const circuitOpen = faults.CIRCUIT_OPEN({});

// What is run: work that takes its time, ends as it should, and heeds its signal or not.

export function doWork({ takesMs, ends, heedsSignal }: WorkSpec, attempt: Signalled, clock: Clock): unknown {
  const end = () => {
    if (ends === 'flaky') throw new Error('flaky');
    if (ends === 'mistake') throw new TypeError('mistake');
    return ends;
  };
  if (takesMs === 0) return end();
  if (heedsSignal === 'at once') return clock.sleep(takesMs, attempt).then(end);
  const half = clock.sleep(takesMs / 2);
  return half.then(() => clock.sleep(takesMs / 2, heedsSignal === 'never' ? {} : attempt)).then(end);
}

export function fallBack(
  spec: PolicySpec & { kind: 'fallback' },
  index: number,
  attempt: Signalled,
  clock: Clock,
): Promise<string> | string {
  const ends = spec.fails ? 'flaky' : 'good';
  const answer = doWork({ takesMs: spec.takesMs, ends, heedsSignal: 'at once' }, attempt, clock);
  return answer instanceof Promise ? answer.then(() => `fallback ${index}`) : `fallback ${index}`;
}
