import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { type Attempt, hedge, pipeline, retry, retryBudget, timeout } from '../index.ts';
import { caught, slowWork } from './slow-work.fixture.ts';

describe('a hedged run that is stopped', () => {
  test('by its caller stops all calls, with the reason, and starts no more', async () => {
    const clock = new SimulatedClock();
    const controller = new AbortController();
    const { attempts, work } = slowWork(clock, 1000, 1000, 1000);
    const policies = pipeline({ clock }, hedge({ delayMs: 100, maxHedges: 5 }));
    clock.schedule(150, () => controller.abort('barge-in'));
    expect(await clock.run(caught(policies.run(work, { signal: controller.signal })))).toBe('barge-in');
    expect(clock.monotonicMs()).toBe(150);
    expect(attempts.map(({ signal }) => signal.reason)).toEqual(['barge-in', 'barge-in']);
    await clock.advance(2000);
    expect(attempts).toHaveLength(2);
    expect(clock.waitingTimers).toBe(0);
  });

  test('by a timeout outside of it stops all calls as well', async () => {
    const clock = new SimulatedClock();
    const { attempts, work } = slowWork(clock, 1000, 1000);
    const policies = pipeline({ clock }, timeout(150), hedge({ delayMs: 100 }));
    expect(await clock.run(caught(policies.run(work)))).toMatchObject({ code: 'TIMED_OUT' });
    expect(attempts.map(({ signal }) => signal.aborted)).toEqual([true, true]);
  });

  test('waits for work that does not heed its signal, which may still succeed', async () => {
    const clock = new SimulatedClock();
    const controller = new AbortController();
    clock.schedule(10, () => controller.abort('gone'));
    const policies = pipeline({ clock }, hedge({ delayMs: 100 }));
    const run = policies.run(() => clock.sleep(50).then(() => 'done'), { signal: controller.signal });
    expect(await clock.run(run)).toBe('done');
  });

  test('gives back to the budget what its hedges took', async () => {
    const clock = new SimulatedClock();
    const budget = retryBudget({ clock, capacity: 5, minPerSecond: 0 });
    const controller = new AbortController();
    clock.schedule(250, () => controller.abort());
    const policies = pipeline({ clock }, hedge({ delayMs: 100, maxHedges: 5, budget }));
    const run = policies.run(slowWork(clock, 900, 900, 900).work, { signal: controller.signal });
    await clock.advance(240);
    expect(budget.state.tokens).toBe(3);
    await clock.run(caught(run));
    expect(budget.state.tokens).toBe(5);
  });
});

describe('output that was delivered', () => {
  test('makes its call the winner: the others are told to stop and no hedge follows', async () => {
    const clock = new SimulatedClock();
    const attempts: Attempt[] = [];
    const work = async (attempt: Attempt) => {
      const call = attempts.push(attempt) - 1;
      await clock.sleep(call === 0 ? 120 : 40, { signal: attempt.signal });
      attempt.progress('output');
      await clock.sleep(500, { signal: attempt.signal });
      return `call ${call}`;
    };
    const policies = pipeline({ clock }, hedge({ delayMs: 100, maxHedges: 3 }));
    expect(await clock.run(policies.run(work))).toBe('call 0');
    expect(clock.monotonicMs()).toBe(620);
    expect(attempts).toHaveLength(2);
    expect(attempts[1]?.signal.aborted).toBe(true);
  });

  test('is the end even when its call fails then, and no retry repeats it', async () => {
    const clock = new SimulatedClock();
    let calls = 0;
    const work = async (attempt: Attempt) => {
      calls++;
      attempt.progress('output');
      await clock.sleep(200);
      throw new Error('broke off');
    };
    const policies = pipeline({ clock }, retry({ backoff: () => 0 }), hedge({ delayMs: 100 }));
    await expect(clock.run(policies.run(work))).rejects.toThrow('broke off');
    expect(calls).toBe(1);
  });

  test('is told to the policies outside by the winner only', async () => {
    const clock = new SimulatedClock();
    const heard: string[] = [];
    let calls = 0;
    const work = async (attempt: Attempt) => {
      const call = calls++;
      await clock.sleep(call === 0 ? 150 : 10);
      attempt.progress('output');
      heard.push(`${call} ${attempt.signal.aborted}`);
      await clock.sleep(100);
      return call;
    };
    expect(await clock.run(pipeline({ clock }, hedge({ delayMs: 100 })).run(work))).toBe(1);
    expect(heard).toEqual(['1 false', '0 true']);
  });

  test('is not told of a loser that never looked at its signal', async () => {
    const clock = new SimulatedClock();
    const told: number[] = [];
    let calls = 0;
    const work = async (attempt: Attempt) => {
      const call = calls++;
      await clock.sleep(call === 0 ? 150 : 10);
      attempt.progress('output');
      await clock.sleep(100);
      return call;
    };
    const run = pipeline({ clock }, hedge({ delayMs: 100 })).run(work, {
      onProgress: () => told.push(clock.monotonicMs()),
    });
    expect(await clock.run(run)).toBe(1);
    expect(told).toEqual([110]);
  });

  test('is not followed by the answer of a loser when the run is cancelled', async () => {
    const clock = new SimulatedClock();
    const controller = new AbortController();
    let calls = 0;
    const work = async (attempt: Attempt) => {
      if (calls++ === 0) return clock.sleep(300).then(() => 'loser');
      attempt.progress('output');
      return clock.sleep(500).then(() => 'winner');
    };
    clock.schedule(200, () => controller.abort('barge-in'));
    const run = pipeline({ clock }, hedge({ delayMs: 100 })).run(work, { signal: controller.signal });
    expect(await clock.run(run)).toBe('winner');
    expect(clock.monotonicMs()).toBe(600);
  });
});
