import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import {
  breaker,
  breakerChanged,
  breakerState,
  countWindow,
  forceClosed,
  isolate,
  pipeline,
  quotaExhausted,
  ramp,
  rateLimited,
  resetBreaker,
  restoreBreaker,
  type ServiceLimit,
  slowCalls,
} from '../index.ts';
import { breakerTransitions } from './breaker-transitions.fixture.ts';

type Step =
  | { do: 'begin' | 'reset' | 'resetSlowly' | 'isolate' | 'forceClosed' | 'release' | 'save' | 'restore' }
  | { do: 'end'; which: number; how: 'succeed' | 'fail' | 'cancel' | 'limit' | 'exhaust' }
  | { do: 'advance'; ms: number };

const just = <const Name extends string>(name: Name) => fc.constant({ do: name });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 60, arbitrary: just('begin') },
  {
    weight: 80,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(9),
      how: fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom('succeed' as const, 'fail' as const) },
        { weight: 2, arbitrary: fc.constant('cancel' as const) },
        { weight: 1, arbitrary: fc.constantFrom('limit' as const, 'exhaust' as const) },
      ),
    }),
  },
  {
    weight: 40,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 400 }) }),
  },
  { weight: 3, arbitrary: just('reset') },
  { weight: 2, arbitrary: just('resetSlowly') },
  { weight: 3, arbitrary: just('isolate') },
  { weight: 3, arbitrary: just('forceClosed') },
  { weight: 12, arbitrary: just('release') },
  { weight: 4, arbitrary: just('save') },
  { weight: 4, arbitrary: just('restore') },
);

const rules = fc.record({
  consecutive: fc.integer({ min: 1, max: 5 }),
  openMs: fc.integer({ min: 1, max: 500 }),
  halfOpenProbes: fc.integer({ min: 1, max: 3 }),
  halfOpenSuccessRatio: fc.constantFrom(0.3, 0.5, 1),
  probeDeadlineMs: fc.integer({ min: 1, max: 500 }),
});
const rampMs = fc.option(fc.integer({ min: 100, max: 1500 }), { nil: undefined });
const trip = [
  countWindow({ calls: 6, failureRatio: 0.5, minimumCalls: 3 }),
  slowCalls({ slowMs: 300, slowRatio: 0.5, minimumCalls: 2, durationMs: 2000 }),
];

const inTable: readonly string[] = Object.entries(breakerTransitions).flatMap(([reason, [from, to]]) =>
  from.flatMap((before: string) =>
    to.filter((after) => after !== before).map((after: string) => `${before} → ${after}: ${reason}`),
  ),
);

/** An error that says what limit it stands for. */
class Limited extends Error {
  readonly limit: ServiceLimit;

  constructor(limit: ServiceLimit) {
    super('limited');
    this.limit = limit;
  }
}

test('whatever happens, a breaker changes only as its table says, and all that the table says happens', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      rules,
      rampMs,
      fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }),
      async (options, durationMs, steps) => {
        const clock = new SimulatedClock();
        const signals = new Signals({ clock });
        const subject = breaker({
          name: 'x',
          ...options,
          trip,
          ...(durationMs !== undefined && { ramp: ramp({ durationMs, minimumCalls: 2 }) }),
          isFailure: (error) => (error instanceof Limited ? error.limit : undefined),
        });
        const policies = pipeline({ clock, signals }, subject);
        let state: string = 'closed';
        let era = 0;
        let probesOut = 0;
        // Noted, not thrown: what a listener or the work throws never reaches this test.
        const violations: string[] = [];
        const note = (holds: boolean, otherwise: string) => {
          if (!holds) violations.push(otherwise);
        };
        signals.on(breakerChanged, ({ data: { from, to, reason } }) => {
          const change = `${from} → ${to}: ${reason}`;
          note(inTable.includes(change), `${change} is not in the table`);
          note(from === state, `${change}, but it was ${state}`);
          state = to;
          probesOut = 0;
          era++;
          reached.add(change);
        });

        const calls: { [How in 'succeed' | 'fail' | 'cancel' | 'limit' | 'exhaust']: () => void }[] = [];
        const releases: (() => void)[] = [];
        const begin = () => {
          const { promise, resolve, reject } = Promise.withResolvers<void>();
          const caller = new AbortController();
          const run = policies.run(
            ({ signal }) => {
              signal.addEventListener('abort', () => reject(signal.reason));
              const passes = ['closed', 'half-open', 'recovering', 'forced-closed'].includes(state);
              note(passes, `a call passed while it was ${state}`);
              if (state === 'half-open') note(++probesOut <= options.halfOpenProbes, `${probesOut} probes`);
              const begunIn = era;
              const cancel = () => {
                if (begunIn === era) probesOut--;
                caller.abort('no longer wanted');
              };
              calls.push({
                succeed: resolve,
                fail: () => reject(new Error('broken')),
                limit: () => reject(new Limited(rateLimited(200))),
                exhaust: () => reject(new Limited(quotaExhausted(clock.wallMs() + 300))),
                cancel,
              });
              return promise;
            },
            { signal: caller.signal },
          );
          run.catch(() => undefined);
        };

        let saved = JSON.stringify(breakerState(subject));
        for (const each of steps) {
          if (each.do === 'begin') begin();
          if (each.do === 'end') calls.splice(each.which % Math.max(calls.length, 1), 1)[0]?.[each.how]();
          if (each.do === 'advance') await clock.advance(each.ms);
          if (each.do === 'reset') resetBreaker(subject);
          if (each.do === 'resetSlowly') resetBreaker(subject, true);
          if (each.do === 'isolate') releases.push(isolate(subject));
          if (each.do === 'forceClosed') releases.push(forceClosed(subject));
          if (each.do === 'release') releases.splice(releases.length / 2, 1)[0]?.();
          if (each.do === 'save') saved = JSON.stringify(breakerState(subject));
          if (each.do === 'restore') restoreBreaker(subject, JSON.parse(saved));
          await settled();
          expect(subject.phase.state).toBe(state);
        }
        expect(violations).toEqual([]);
        expect(clock.waitingTimers).toBe(0);
      },
    ),
    { numRuns: 800, seed: 3 },
  );
  expect([...reached].sort()).toEqual([...inTable].sort());
});

/** Long enough for a run to come out of one pipeline. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await undefined;
}
