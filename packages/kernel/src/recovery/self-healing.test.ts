import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { kernelFaults } from '../faults/index.ts';
import { Signals } from '../signals/index.ts';
import { SimulatedClock } from '../time/index.ts';
import { ErrorHandler } from './error-handler.ts';
import { recoveryFinished } from './recovery-signals.ts';
import type { RecoveryStrategy } from './recovery-strategy.ts';
import {
  type HealingChecks,
  type HealingResult,
  type SelfHealingOptions,
  selfHealing,
} from './self-healing.ts';

const fault = kernelFaults.UNEXPECTED({ error: 'stuck', errorName: 'Error' });
const here = { component: 'vision' };

type Guarded = RecoveryStrategy & HealingChecks;
const well = { success: true, fallbackUsed: false, message: 'done' };

/** A guarded strategy, on simulated time, and all that it did. */
function guard(action: Partial<Guarded> = {}, options: SelfHealingOptions = {}) {
  const clock = new SimulatedClock();
  const done: string[] = [];
  const { recover = () => well, ...checks } = action;
  const healing = selfHealing(
    {
      name: 'restart',
      recover: (...args) => {
        done.push(`done at ${clock.monotonicMs()}`);
        return recover(...args);
      },
      ...checks,
    },
    { clock, ...options },
  );
  const heal = (attempt = new AbortController()) => clock.run(healing.recover(fault, here, attempt));
  return { clock, healing, heal, done };
}

const reasons = (results: readonly HealingResult[]) => results.map(({ reason }) => reason);

describe('the self-healing guard', () => {
  test('does the action, and answers as a strategy of the same name', async () => {
    const { healing, heal, clock } = guard();
    expect(healing.name).toBe('restart');
    expect(await heal()).toMatchObject({ ...well, reason: 'healed', actionsLeft: 9 });
    const signals = new Signals({ clock });
    const said: unknown[] = [];
    signals.on(recoveryFinished, ({ data }) => said.push(data.reason));
    const handler = new ErrorHandler({ strategies: [{ ...healing, name: 'escalate' }], clock, signals });
    await clock.run(handler.handleError(fault, here));
    expect(said).toEqual(['backing-off']);
  });

  test('guards a strategy, and hands its answer through', async () => {
    const answer = { success: true, fallbackUsed: true, message: 'from the cache', output: 'hello' };
    const strategy: RecoveryStrategy = { name: 'cache_fallback', shared: false, recover: () => answer };
    const healing = selfHealing(strategy, { clock: new SimulatedClock() });
    expect(healing).toMatchObject({ name: 'cache_fallback', shared: false });
    expect(await healing.recover(fault, here, new AbortController())).toMatchObject(answer);
  });

  test('takes a strategy that answers nonsense for a failure', async () => {
    const strategy: RecoveryStrategy = { name: 'mend', recover: () => ({}) as never };
    const healing = selfHealing(strategy, { clock: new SimulatedClock() });
    const healed = await healing.recover(fault, here, new AbortController());
    expect(healed).toMatchObject({ success: false, reason: 'failed' });
  });

  test('leaves it alone 10 s after the first action, doubling to 5 min', async () => {
    const { clock, heal, done } = guard({}, { maxActionsPerHour: 100 });
    const waits: number[] = [];
    for (let action = 0; action < 8; action++) {
      const startMs = clock.monotonicMs();
      while ((await heal()).reason === 'backing-off') await clock.advance(10_000);
      waits.push(clock.monotonicMs() - startMs);
    }
    expect(done).toHaveLength(8);
    expect(waits).toEqual([0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  });

  test('after 10 min without a fault the next action is a first one again', async () => {
    const { clock, heal } = guard();
    await heal();
    await clock.advance(10_000);
    await heal();
    await clock.advance(600_000);
    expect((await heal()).reason).toBe('healed');
    await clock.advance(10_000);
    expect((await heal()).reason).toBe('healed');
  });

  test('faults that come meanwhile are no health: the pauses stay long', async () => {
    const { clock, heal, done } = guard({}, { maxActionsPerHour: 100 });
    for (let minute = 0; minute < 60; minute++) {
      await heal();
      await clock.advance(60_000);
    }
    expect(done.length).toBeLessThan(20);
  });

  test('spends no more than its budget an hour, and has it back when the hour is over', async () => {
    const { clock, heal } = guard({}, { maxActionsPerHour: 2, backoff: () => 0 });
    const results = [await heal(), await heal(), await heal()];
    expect(reasons(results)).toEqual(['healed', 'healed', 'budget-spent']);
    expect(results.map(({ actionsLeft }) => actionsLeft)).toEqual([1, 0, 0]);
    expect(results[2]).toMatchObject({ success: false, message: 'restart: budget-spent' });
    await clock.advance(3_599_999);
    expect((await heal()).reason).toBe('budget-spent');
    await clock.advance(1);
    expect((await heal()).reason).toBe('healed');
  });

  test('does one action at a time', async () => {
    const gate = Promise.withResolvers<void>();
    const { clock, healing, done } = guard({ recover: () => gate.promise.then(() => well) });
    const { signal } = new AbortController();
    const both = [healing.recover(fault, here, { signal }), healing.recover(fault, here, { signal })];
    await clock.advance(0);
    gate.resolve();
    expect(reasons(await clock.run(Promise.all(both)))).toEqual(['healed', 'backing-off']);
    expect(done).toHaveLength(1);
  });

  test('as a dry run says what it would do, does nothing, and keeps to budget and pauses all the same', async () => {
    const undone: string[] = [];
    const { heal, done } = guard(
      { verify: () => undone.push('verify') > 0, rollBack: () => undone.push('roll back') },
      { dryRun: true },
    );
    const results = [await heal(), await heal()];
    expect(reasons(results)).toEqual(['dry-run', 'backing-off']);
    expect(results[0]).toMatchObject({ success: false, message: 'restart: dry-run' });
    expect([done, undone]).toEqual([[], []]);
  });
});

describe('verifying', () => {
  const checks = (well: (asked: number) => Promise<boolean> | boolean) => {
    const done: string[] = [];
    let asked = 0;
    const verify = () => well(++asked);
    return { done, verify, rollBack: () => done.push('rolled back') };
  };

  test('asks every second until all is well', async () => {
    const { done, ...action } = checks((asked) => {
      if (asked === 1) throw new Error('not up yet');
      return asked === 4;
    });
    const { heal, clock } = guard(action);
    expect(await heal()).toMatchObject({ reason: 'healed', success: true });
    expect(clock.monotonicMs()).toBe(3000);
    expect(done).toEqual([]);
  });

  test.each<[string, () => Promise<boolean> | boolean]>([
    ['is never well', () => false],
    ['hangs', () => new Promise<boolean>(() => undefined)],
    ['answers nonsense', () => 'yes' as never],
  ])('that %s within 60 s has the action rolled back', async (_, well) => {
    const { done, ...action } = checks(well);
    const { heal, clock } = guard(action);
    const result = await heal();
    expect(result).toMatchObject({ reason: 'failed', success: false });
    expect(result.message).toMatch(/^restart: failed: .*60000 ms; rolled back$/);
    expect(clock.monotonicMs()).toBe(60_000);
    expect(done).toEqual(['rolled back']);
  });
});

describe('an action', () => {
  test.each<[string, RecoveryStrategy['recover']]>([
    ['throws', () => Promise.reject(new Error('no'))],
    ['throws nothing', () => Promise.reject(undefined)],
    ['answers nonsense', () => ({}) as never],
    ['answers nothing', () => undefined as never],
    ['answers no success', () => ({ success: false, fallbackUsed: false, message: 'no' })],
    ['hangs', () => new Promise(() => undefined)],
  ])('that %s has failed, is rolled back and not verified', async (_, recover) => {
    const done: string[] = [];
    const { heal } = guard({
      recover,
      verify: () => done.push('verified') > 0,
      rollBack: () => done.push('rolled back'),
    });
    expect(await heal()).toMatchObject({ reason: 'failed', success: false });
    expect(done).toEqual(['rolled back']);
  });

  test('that throws what cannot be written does not leave the guard busy for ever', async () => {
    const { heal, clock } = guard({ recover: () => Promise.reject(Object.create(null)) });
    expect((await heal()).reason).toBe('failed');
    await clock.advance(10_000);
    expect((await heal()).reason).toBe('failed');
  });

  test('that takes longer than the time of health is no health: the pauses go on growing', async () => {
    const { heal, healing, clock } = guard(
      { recover: () => clock.sleep(650_000).then(() => well) },
      { actionTimeoutMs: 700_000 },
    );
    await heal();
    await clock.advance(10_000);
    const { signal } = new AbortController();
    const second = healing.recover(fault, here, { signal });
    await clock.advance(600_000);
    const meanwhile = healing.recover(fault, here, { signal });
    await clock.advance(50_000);
    expect(reasons(await Promise.all([meanwhile, second]))).toEqual(['backing-off', 'healed']);
    await clock.advance(15_000);
    expect((await heal()).reason).toBe('backing-off');
  });

  test('whose roll-back fails or hangs says so, and the guard goes on', async () => {
    const { heal, clock } = guard({
      recover: () => ({ ...well, success: false }),
      rollBack: () => new Promise(() => undefined),
    });
    expect((await heal()).message).toMatch(/not rolled back: .*60000 ms/);
    await clock.advance(10_000);
    expect((await heal()).reason).toBe('failed');
  });

  test('that is cut short is rolled back although nobody waits any more', async () => {
    const undone: number[] = [];
    const controller = new AbortController();
    const { heal, clock } = guard({
      recover: () => new Promise(() => undefined),
      rollBack: () => undone.push(clock.monotonicMs()),
    });
    clock.schedule(700, () => controller.abort(new Error('given up')));
    expect(await heal(controller)).toMatchObject({ reason: 'failed' });
    expect(undone).toEqual([700]);
  });

  test('that reports its own fault to its handler is no loop', async () => {
    const clock = new SimulatedClock();
    let runs = 0;
    const healing = selfHealing(
      {
        name: 'escalate',
        recover: async (met, context) => {
          runs++;
          await clock.sleep(5);
          const { recovered } = await handler.handleError(met, context);
          return { ...well, success: recovered };
        },
      },
      { clock, backoff: () => 0 },
    );
    const handler = new ErrorHandler({ strategies: [healing], clock });
    const response = await clock.run(handler.handleError(fault, here));
    expect(response.recovered).toBe(false);
    expect(runs).toBe(1);
    expect(clock.monotonicMs()).toBe(5);
  });

  test('in a handler has time for all of it: the handler waits until the roll-back is done', async () => {
    const done: string[] = [];
    const { clock, healing } = guard({
      verify: () => false,
      rollBack: () => done.push('rolled back'),
    });
    const handler = new ErrorHandler({
      strategies: [{ ...healing, name: 'escalate' }],
      strategyTimeoutMs: 1000,
      clock,
    });
    const response = await clock.run(handler.handleError(fault, here));
    expect(response.message).toContain('; rolled back');
    expect(done).toHaveLength(1);
  });
});

test('whatever happens when, no hour has more actions than the budget, which never goes below 0', async () => {
  const anyStep = fc.record({
    waitMs: fc.oneof(fc.nat(20_000), fc.nat(2_000_000)),
    outcome: fc.constantFrom('well', 'throws', 'slow', 'ill'),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyStep, { maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      fc.boolean(),
      async (steps, maxActionsPerHour, dryRun) => {
        const begunMs: number[] = [];
        let outcome = 'well';
        const { clock, healing } = guard(
          {
            recover: async () => {
              begunMs.push(clock.monotonicMs());
              if (outcome === 'throws') throw new Error('no');
              if (outcome === 'slow') await clock.sleep(25_000);
              return well;
            },
            verify: () => outcome !== 'ill',
          },
          { maxActionsPerHour, dryRun, backoff: () => 0 },
        );
        const left: number[] = [];
        const { signal } = new AbortController();
        const runs = [];
        for (const step of steps) {
          ({ outcome } = step);
          runs.push(healing.recover(fault, here, { signal }).then((told) => left.push(told.actionsLeft)));
          await clock.advance(step.waitMs);
        }
        await clock.run(Promise.all(runs));
        expect(left).toHaveLength(steps.length);
        expect(Math.min(0, ...left)).toBe(0);
        for (const [i, ms] of begunMs.entries()) {
          const nextBeyond = begunMs[i + maxActionsPerHour];
          if (nextBeyond !== undefined) expect(nextBeyond - ms).toBeGreaterThanOrEqual(3_600_000);
        }
        if (dryRun) expect(begunMs).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});

test.each<[SelfHealingOptions, string]>([
  [
    { maxActionsPerHour: 0 },
    'maxActionsPerHour of the self-healing must be a whole number of 1 or more; got 0',
  ],
  [{ maxActionsPerHour: 1.5 }, 'got 1.5'],
  [{ actionTimeoutMs: 0 }, 'got 0'],
  [{ actionTimeoutMs: Number.NaN }, 'got NaN'],
  [{ backoff: 'exponential' as never }, 'backoff of the self-healing must be a function; got exponential'],
])('refuses %j', (options, message) => {
  expect(() => guard({}, options)).toThrow(message);
});
