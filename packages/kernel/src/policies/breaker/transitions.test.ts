import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { breaker, breakerChanged, breakerTransitions, pipeline } from '../index.ts';

type Step =
  | { do: 'begin' }
  | { do: 'end'; which: number; how: 'succeed' | 'fail' | 'cancel' }
  | { do: 'advance'; ms: number }
  | { do: 'isolate' }
  | { do: 'release' };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ do: 'begin' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('end' as const),
      which: fc.nat(9),
      how: fc.constantFrom('succeed' as const, 'fail' as const, 'fail' as const, 'cancel' as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 1, max: 400 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'isolate' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'release' as const }) },
);

const rules = fc.record({
  consecutive: fc.integer({ min: 2, max: 4 }),
  openMs: fc.integer({ min: 1, max: 500 }),
  halfOpenProbes: fc.integer({ min: 1, max: 3 }),
  halfOpenSuccessRatio: fc.constantFrom(0.3, 0.5, 1),
  probeDeadlineMs: fc.integer({ min: 1, max: 500 }),
});
const window = { durationMs: 1000, failureRatio: 0.5, minimumCalls: 3 };

test('whatever happens, a breaker changes only as its table says, and all that the table says happens', async () => {
  const reached = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      rules,
      fc.array(step, { minLength: 20, maxLength: 80, size: 'max' }),
      async (options, steps) => {
        const clock = new SimulatedClock();
        const signals = new Signals({ clock });
        const subject = breaker({ name: 'x', ...options, window });
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
          const inTable = breakerTransitions.some(
            (row) => row.from === from && row.to === to && row.reason === reason,
          );
          note(inTable, `${from} → ${to}: ${reason} is not in the table`);
          note(from === state, `${from} → ${to}, but it was ${state}`);
          state = to;
          probesOut = 0;
          era++;
          reached.add(`${from} → ${to}: ${reason}`);
        });

        const calls: { succeed(): void; fail(): void; cancel(): void }[] = [];
        const releases: (() => void)[] = [];
        const begin = () => {
          const { promise, resolve, reject } = Promise.withResolvers<void>();
          const caller = new AbortController();
          const run = policies.run(
            ({ signal }) => {
              signal.addEventListener('abort', () => reject(signal.reason));
              note(state === 'closed' || state === 'half-open', `a call passed while it was ${state}`);
              if (state === 'half-open') note(++probesOut <= options.halfOpenProbes, `${probesOut} probes`);
              const begunIn = era;
              const cancel = () => {
                if (begunIn === era) probesOut--;
                caller.abort('no longer wanted');
              };
              calls.push({ succeed: resolve, fail: () => reject(new Error('broken')), cancel });
              return promise;
            },
            { signal: caller.signal },
          );
          run.catch(() => undefined);
        };

        for (const each of steps) {
          if (each.do === 'begin') begin();
          if (each.do === 'end') calls.splice(each.which % Math.max(calls.length, 1), 1)[0]?.[each.how]();
          if (each.do === 'advance') await clock.advance(each.ms);
          if (each.do === 'isolate') releases.push(subject.isolate());
          if (each.do === 'release') releases.pop()?.();
          await settled();
          expect(subject.state.state).toBe(state);
        }
        expect(violations).toEqual([]);
      },
    ),
    { numRuns: 400, seed: 3 },
  );
  expect([...reached].sort()).toEqual(
    breakerTransitions.map(({ from, to, reason }) => `${from} → ${to}: ${reason}`).sort(),
  );
});

/** Long enough for a run to come out of one pipeline. */
async function settled(): Promise<void> {
  for (let i = 0; i < 5; i++) await undefined;
}
