import { defineFaults, fault, SimulatedClock, severity } from '@sustain/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CounterOptions, counterProgram } from './counter-program.fixture.ts';
import {
  describeEnding,
  findFailing,
  type Program,
  replayCommand,
  replayOf,
  type SearchProgress,
  simulate,
} from './index.ts';
import { shrinkPlan } from './shrink-plan.ts';

describe('a search', () => {
  test.each<[NonNullable<CounterOptions['bug']>, string, number]>([
    ['answers before it has synced', 'what was answered is counted', 3],
    ['counts again what is sent again', 'nothing counts twice', 1],
  ])('finds a server that %s, and what of all that went wrong it takes', async (bug, invariant, most) => {
    const program = counterProgram({ bug, requests: 12 });
    const search = await findFailing(program);
    if (search.state !== 'found') throw new Error(search.state);
    const { first, smallest, shrinkRuns } = search;
    console.log(
      `${first.replay}: ${first.faults.length} faults, after ${shrinkRuns} runs ${smallest.replay}`,
    );
    expect([first, smallest]).toMatchObject([{ invariant }, { invariant }]);
    expect(smallest.faults.length).toBeLessThan(first.faults.length);
    expect(smallest.faults.length).toBeLessThanOrEqual(most);
    expect(await replayOf(program, smallest.replay)).toEqual(smallest);
    expect(await replayOf(program, first.replay)).toEqual(first);
    expect(await replayOf(counterProgram({ requests: 12 }), smallest.replay)).toMatchObject({
      state: 'held',
    });
    for (const one of smallest.faults) {
      const plan = smallest.faults.filter((fault) => fault !== one);
      const calm = smallest.replay.includes('calm');
      const without = await simulate(smallest.seed, program, { plan, calm });
      expect(without).not.toMatchObject({ invariant });
    }
  });

  test('of a program without a bug holds for all seeds, and tells how far it is', async () => {
    const progress: SearchProgress[] = [];
    const search = await findFailing(counterProgram(), {
      seeds: 150,
      firstSeed: 1000,
      onProgress: (now) => progress.push(now),
    });
    expect(search).toEqual({ state: 'held', runs: 150 });
    expect(progress.map(({ seed }) => seed)).toEqual(Array.from({ length: 150 }, (_, run) => 1000 + run));
    expect(progress.at(-1)?.events).toBeGreaterThan(5000);
  });

  test('keeps to one failure: what fails otherwise with fewer faults is another one', async () => {
    const program: Program = async (world) => {
      const port = world.port('port', { work: () => true }, { reject: 0.9 });
      const failed: string[] = [];
      for (let call = 1; call <= 6; call++) await port.work().catch(() => failed.push(`${call}`));
      if (failed.length === 1) throw new TypeError('another');
      world.invariant('fewer than two', () => failed.length < 2);
    };
    const search = await findFailing(program);
    expect(search).toMatchObject({ smallest: { state: 'violated', faults: { length: 2 } } });
  });

  test('keeps to one fault: another one is another failure', async () => {
    const faults = defineFaults('test', {
      TWO: fault({ category: 'test', severity: severity.ERROR, recovery: 'retry', message: 'two' }),
      ONE: fault({ category: 'test', severity: severity.ERROR, recovery: 'retry', message: 'one' }),
    });
    const program: Program = async (world) => {
      const port = world.port('port', { work: () => true }, { reject: 0.9 });
      let failed = 0;
      for (let call = 1; call <= 6; call++) await port.work().catch(() => failed++);
      if (failed >= 2) throw faults.TWO({});
      if (failed === 1) throw faults.ONE({});
    };
    const search = await findFailing(program);
    expect(search).toMatchObject({ smallest: { error: { code: 'TWO' }, faults: { length: 2 } } });
  });

  test('shrinks to nothing what needs no fault', async () => {
    const program: Program = async (world) => {
      const port = world.port('port', { work: () => true }, { late: 0.9 });
      for (let call = 1; call <= 6; call++) await port.work();
      throw new Error('always');
    };
    const search = await findFailing(program);
    if (search.state !== 'found') throw new Error(search.state);
    expect(search.smallest).toMatchObject({ faults: [], replay: '0x0 calm none' });
    expect(describeEnding(search.smallest)).toBe('failed: always');
  });

  test('ends when its time is up, or its caller wants no more', async () => {
    const clock = new SimulatedClock();
    const slow: Program = async (world) => world.clock.sleep(1);
    const onProgress = () => void clock.advance(50);
    const reason = new Error('enough');
    const controller = new AbortController();
    const search = findFailing(slow, { budgetMs: 1, clock, onProgress, seeds: 1_000_000 });
    expect(await search).toMatchObject({ state: 'out-of-time' });
    const stop = () => controller.abort(reason);
    await expect(findFailing(slow, { onProgress: stop, signal: controller.signal })).rejects.toBe(reason);
  });

  test('is refused with an option out of range', async () => {
    await expect(findFailing(() => undefined, { seeds: 0 })).rejects.toThrow('seeds of the search must be');
  });
});

describe('shrinking', () => {
  test('answers a part that fails, and without any one of its elements does not', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(40), { maxLength: 30 }),
        fc.array(fc.nat(40), { maxLength: 4 }),
        fc.nat(3),
        async (plan, culprits, sum) => {
          const fails = async (part: readonly number[]) =>
            culprits.every((one) => !plan.includes(one) || part.includes(one)) && part.length % 4 >= sum % 2;
          if (!(await fails(plan))) return;
          const smallest = await shrinkPlan(plan, fails);
          expect(await fails(smallest)).toBe(true);
          for (const one of smallest)
            expect(await fails(smallest.filter((other) => other !== one))).toBe(false);
        },
      ),
      { numRuns: 500, seed: 3 },
    );
  });

  test('takes few runs when one of many is to blame', async () => {
    let runs = 0;
    const plan = Array.from({ length: 1000 }, (_, index) => index);
    const fails = async (part: readonly number[]) => {
      runs++;
      return part.includes(617);
    };
    expect(await shrinkPlan(plan, fails)).toEqual([617]);
    expect(runs).toBeLessThan(40);
  });
});

test('the command that replays survives a shell', () => {
  expect(replayCommand('a/b.ts', '0x1')).toBe('node a/b.ts --replay 0x1');
  expect(replayCommand("it's.ts", '0x1 a>b#1=drop')).toBe(`node 'it'\\''s.ts' --replay '0x1 a>b#1=drop'`);
});
