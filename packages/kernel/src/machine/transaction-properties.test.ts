import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../time/index.ts';
import { type Step, type TransactionResult, transaction } from './index.ts';

/** How something goes: well or not, at once or after a time, heeding its signal or deaf to it, or never. */
interface Way {
  readonly end: 'well' | 'throw' | 'false' | 'hang';
  readonly afterMs: number;
  readonly deaf: boolean;
}

interface StepPlan {
  readonly do: Way;
  readonly undo: Way | undefined;
  readonly deadlineMs: number | undefined;
}

const anyWay: fc.Arbitrary<Way> = fc.record({
  end: fc.constantFrom('well', 'well', 'well', 'throw', 'false', 'hang'),
  afterMs: fc.constantFrom(0, 0, 5, 40, 170),
  deaf: fc.boolean(),
});
const anyStep: fc.Arbitrary<StepPlan> = fc.record({
  do: anyWay,
  undo: fc.option(anyWay, { nil: undefined }),
  deadlineMs: fc.constantFrom(undefined, undefined, 20, 100),
});
const anyPlan = fc.record({
  steps: fc.array(anyStep, { maxLength: 6 }),
  safe: fc.option(fc.array(anyWay, { minLength: 1, maxLength: 3 }), { nil: undefined }),
  abortMs: fc.constantFrom(undefined, undefined, 0, 3, 60, 200),
});

const STEP_MS = 100;
const GRACE_MS = 60;

/** What is tried, and how it ended while it was waited for. */
interface Entry {
  readonly what: string;
  ended: Way['end'] | 'stopped' | 'left' | undefined;
}

test('a transaction always ends in its goal or its safe state, whatever throws, refuses, hangs or aborts when', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(anyPlan, async ({ steps, safe, abortMs }) => {
      const clock = new SimulatedClock();
      const log: Entry[] = [];
      const leave = () => {
        const last = log.at(-1);
        if (last) last.ended ??= 'left';
      };
      const go = (what: string, way: Way) => async (signal: AbortSignal) => {
        leave();
        const entry: Entry = { what, ended: undefined };
        log.push(entry);
        const heeded = way.deaf ? {} : { signal };
        try {
          if (way.end === 'hang') await (way.deaf ? new Promise(() => undefined) : clock.sleep(9e6, heeded));
          if (way.afterMs > 0) await clock.sleep(way.afterMs, heeded);
        } catch (stopped) {
          entry.ended ??= 'stopped';
          throw stopped;
        }
        entry.ended ??= way.end;
        if (way.end === 'throw') throw new Error(what);
        return way.end !== 'false';
      };
      const caller = new AbortController();
      if (abortMs === 0) caller.abort('enough');
      else if (abortMs !== undefined) clock.schedule(abortMs, () => caller.abort('enough'));
      const result = await clock.run(
        transaction(
          steps.map(
            (plan, i): Step => ({
              name: `${i}`,
              do: go(`do ${i}`, plan.do),
              ...(plan.undo && { undo: go(`undo ${i}`, plan.undo) }),
              ...(plan.deadlineMs && { deadlineMs: plan.deadlineMs }),
            }),
          ),
          {
            clock,
            signal: caller.signal,
            deadlineMs: STEP_MS,
            graceMs: GRACE_MS,
            ...(safe && { safeState: safe.map((way, i) => go(`safe ${i}`, way)) }),
          },
        ),
      );
      const endMs = clock.monotonicMs();
      leave();
      seen.add(result.state === 'done' ? 'done' : `${result.reason}, safe: ${result.safe}`);
      check(result, log, steps);

      const back = log.filter(({ what }) => !what.startsWith('do')).length;
      const stepsMs = Math.min(steps.length * STEP_MS, abortMs ?? 9e9);
      expect(endMs).toBeLessThanOrEqual(stepsMs + GRACE_MS + back * GRACE_MS);
    }),
    { numRuns: 1500, seed: 11 },
  );
  const reasons = ['threw', 'refused', 'timed-out', 'aborted'];
  const all = reasons.flatMap((reason) => [true, false].map((safe) => `${reason}, safe: ${safe}`));
  expect([...seen].sort()).toEqual(['done', ...all].sort());
});

function check(result: TransactionResult, log: readonly Entry[], steps: readonly StepPlan[]): void {
  const tried = log.filter(({ what }) => what.startsWith('do')).map(({ what }) => what);
  expect(tried).toEqual(steps.slice(0, tried.length).map((_, i) => `do ${i}`));
  if (result.state === 'done') {
    expect(log).toEqual(steps.map((_, i) => ({ what: `do ${i}`, ended: 'well' })));
    return;
  }
  const failed = Number(result.step);
  const last = log.find(({ what }) => what === `do ${failed}`);
  expect(tried.length).toBe(last === undefined ? failed : failed + 1);
  expect(result.abandoned).toBe(last?.ended === 'left');

  // Everything that was done is undone: the last first, once.
  const isUndone = ({ undo }: StepPlan, i: number) =>
    undo !== undefined && (i < failed || result.abandoned || last?.ended === 'well');
  const expected = steps.slice(0, failed + 1).flatMap((plan, i) => (isUndone(plan, i) ? [`undo ${i}`] : []));
  const undone = log.filter(({ what }) => what.startsWith('undo'));
  expect(undone.map(({ what }) => what)).toEqual(expected.toReversed());
  const undoFailed = undone
    .filter(({ ended }) => ended !== 'well')
    .map(({ what }) => what.replace('undo ', ''));
  expect(result.undoFailures.map(({ step }) => step)).toEqual(undoFailed);

  // The safe state comes last, and is tried until it is reached.
  const safe = log.filter(({ what }) => what.startsWith('safe'));
  expect(log.slice(log.length - safe.length)).toEqual(safe);
  expect(result.safeFailures).toHaveLength(safe.filter(({ ended }) => ended !== 'well').length);
  if (safe.length === 0) expect(result.safe).toBe(undoFailed.length === 0);
  else expect(result.safe).toBe(safe.at(-1)?.ended === 'well');
}
