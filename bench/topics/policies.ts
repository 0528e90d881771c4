import { breaker, exponential, fallback, pipeline, retry, timeout } from '@sustain/kernel';
import * as cockatiel from 'cockatiel';
import CircuitBreaker from 'opossum';
import type { BenchCase, BenchFigure } from '../bench-case.ts';
import { type Contenders, inTurns } from '../in-turns.ts';

/** The shortest work there is: what is measured is what the policies add. */
const work = async () => 42;
const broken = new Error('broken');
const fails = async (): Promise<number> => {
  throw broken;
};

/** What a call without policies costs: an async function that awaits the work, as its caller would. */
const bareAwait = async () => await work();

const window = { durationMs: 10_000, failureRatio: 0.5, minimumCalls: 100 };

/** Ours counts failures in a row and in a window; cockatiel counts one of the two, and gets the cheaper one. */
const ours = (mode: 'cooperative' | 'abandon') =>
  pipeline(
    fallback(0),
    retry({ maxAttempts: 3, backoff: exponential() }),
    breaker({ name: 'bench', consecutive: 5, window, openMs: 10_000 }),
    timeout(2000, { mode }),
  );

const cockatiels = (strategy: cockatiel.TimeoutStrategy) =>
  cockatiel.wrap(
    cockatiel.fallback(cockatiel.handleAll, 0),
    cockatiel.retry(cockatiel.handleAll, { maxAttempts: 3, backoff: new cockatiel.ExponentialBackoff() }),
    cockatiel.circuitBreaker(cockatiel.handleAll, {
      halfOpenAfter: 10_000,
      breaker: new cockatiel.ConsecutiveBreaker(5),
    }),
    cockatiel.timeout(2000, strategy),
  );

/** Has no retry, so it has three of the four. */
function opossums(action: () => Promise<number>, options: CircuitBreaker.Options = {}) {
  return new CircuitBreaker(action, { timeout: 2000, resetTimeout: 10_000, ...options });
}

export const cases: readonly BenchCase[] = [
  {
    name: 'four-policies',
    unit: 'ns/call',
    better: 'lower',
    run: () => fourPolicies('cooperative', cockatiel.TimeoutStrategy.Cooperative),
  },
  {
    name: 'four-policies-abandon',
    unit: 'ns/call',
    better: 'lower',
    run: () => fourPolicies('abandon', cockatiel.TimeoutStrategy.Aggressive),
  },
  { name: 'open-reject', unit: 'ns/call', better: 'lower', run: openReject },
  { name: 'open-reject-fallback', unit: 'ns/call', better: 'lower', run: openRejectFallback },
  { name: 'failing-call-50k-window', unit: 'ns/call', better: 'lower', run: failingCall },
];

/** The success path of fallback, retry, breaker and timeout. */
async function fourPolicies(mode: 'cooperative' | 'abandon', strategy: cockatiel.TimeoutStrategy) {
  const own = ours(mode);
  const theirs = cockatiels(strategy);
  const opossum = opossums(work);
  opossum.fallback(() => 0);
  const figures = await beside({
    ours: () => own.run(work),
    cockatiel: () => theirs.execute(work),
    opossum: () => opossum.fire(),
    'bare-await': bareAwait,
  });
  opossum.shutdown();
  return figures;
}

/** A call that an open circuit refuses, caught. */
async function openReject() {
  const circuit = breaker({ name: 'bench' });
  circuit.isolate();
  const own = pipeline(circuit);
  const theirs = cockatiel.circuitBreaker(cockatiel.handleAll, {
    halfOpenAfter: 10_000,
    breaker: new cockatiel.ConsecutiveBreaker(1),
  });
  theirs.isolate();
  const opossum = opossums(work);
  opossum.open();
  const figures = await beside({
    ours: () => own.run(work).catch(ignore),
    cockatiel: () => theirs.execute(work).catch(ignore),
    opossum: () => opossum.fire().catch(ignore),
  });
  opossum.shutdown();
  return figures;
}

/** A call that an open circuit refuses, answered by a fallback's value. */
async function openRejectFallback() {
  const circuit = breaker({ name: 'bench' });
  circuit.isolate();
  const own = pipeline(fallback(0), retry(), circuit, timeout(2000));
  const theirs = cockatiel.circuitBreaker(cockatiel.handleAll, {
    halfOpenAfter: 10_000,
    breaker: new cockatiel.ConsecutiveBreaker(1),
  });
  theirs.isolate();
  const wrapped = cockatiel.wrap(cockatiel.fallback(cockatiel.handleAll, 0), theirs);
  const opossum = opossums(work);
  opossum.fallback(() => 0);
  opossum.open();
  const figures = await beside({
    ours: () => own.run(work),
    cockatiel: () => wrapped.execute(work),
    opossum: () => opossum.fire(),
  });
  opossum.shutdown();
  return figures;
}

/** A failing call while 50,000 successful ones are in the breaker's window; beside the same with none. */
async function failingCall() {
  const long = { durationMs: 3_600_000, failureRatio: 1, minimumCalls: 1_000_000 };
  const full = pipeline(breaker({ name: 'full', window: long }));
  const empty = pipeline(breaker({ name: 'empty', window: long }));
  let isFilled = false;
  const opossum = opossums(() => (isFilled ? fails() : work()), {
    rollingCountTimeout: long.durationMs,
    errorThresholdPercentage: 100,
  });
  for (let i = 0; i < 50_000; i++) {
    await full.run(work);
    await opossum.fire();
  }
  isFilled = true;
  const own = await inTurns(
    { full: () => full.run(fails).catch(ignore), empty: () => empty.run(fails).catch(ignore) },
    { rounds: 101 },
  );
  const { theirs } = await inTurns({ theirs: () => opossum.fire().catch(ignore) }, { rounds: 9, turnMs: 50 });
  opossum.shutdown();
  return [
    { value: own.full, rival: 'empty-window', rivalValue: own.empty },
    { value: own.full, rival: 'opossum', rivalValue: theirs },
  ];
}

async function beside(contenders: Contenders<string>): Promise<BenchFigure[]> {
  const { ours: value = Number.NaN, ...rivals } = await inTurns(contenders);
  return Object.entries<number>(rivals).map(([rival, rivalValue]) => ({ value, rival, rivalValue }));
}

const ignore = () => undefined;
