import { describe, expect, test } from 'vitest';
import { isCancelled } from '../../faults/index.ts';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { type Attempt, breaker, hedge, hedgeStarted, hedgeWon, pipeline } from '../index.ts';
import { slowWork } from './slow-work.fixture.ts';

describe('a hedge', () => {
  test('is not made for work that answers in time', async () => {
    const clock = new SimulatedClock();
    const { attempts, work } = slowWork(clock, 99);
    expect(await clock.run(pipeline({ clock }, hedge({ delayMs: 100 })).run(work))).toBe('call 0');
    await clock.advance(1000);
    expect(attempts).toHaveLength(1);
    expect(clock.waitingTimers).toBe(0);
  });

  test('answers for work that is slow, and tells the loser to stop, as cancelled', async () => {
    const clock = new SimulatedClock();
    const { attempts, work } = slowWork(clock, 1000, 20);
    expect(await clock.run(pipeline({ clock }, hedge({ delayMs: 100 })).run(work))).toBe('call 1');
    expect(clock.monotonicMs()).toBe(120);
    expect(attempts[0]?.signal.reason).toSatisfy(isCancelled);
    expect(clock.waitingTimers).toBe(0);
  });

  test('loses to work that answers first after all, and is told to stop', async () => {
    const clock = new SimulatedClock();
    const { attempts, work } = slowWork(clock, 150, 1000);
    expect(await clock.run(pipeline({ clock }, hedge({ delayMs: 100 })).run(work))).toBe('call 0');
    expect(attempts[1]?.signal.reason).toSatisfy(isCancelled);
  });

  test('follows another after the same delay, up to maxHedges', async () => {
    const clock = new SimulatedClock();
    const { attempts, work } = slowWork(clock, 1000, 1000, 1000, 5);
    const policies = pipeline({ clock }, hedge({ delayMs: 100, maxHedges: 2 }));
    expect(await clock.run(policies.run(work))).toBe('call 0');
    expect(attempts).toHaveLength(3);
    expect(clock.monotonicMs()).toBe(1000);
  });

  test('of 0 ms calls all at once', async () => {
    const clock = new SimulatedClock();
    const { attempts, work } = slowWork(clock, 30, 20, 10);
    const policies = pipeline({ clock }, hedge({ delayMs: 0, maxHedges: 2 }));
    expect(await clock.run(policies.run(work))).toBe('call 2');
    expect(attempts).toHaveLength(3);
    expect(clock.monotonicMs()).toBe(10);
  });

  test('is not made for work that fails before: that is a retry’s part', async () => {
    const clock = new SimulatedClock();
    let calls = 0;
    const work = async () => {
      calls++;
      await clock.sleep(50);
      throw new Error('broken');
    };
    await expect(clock.run(pipeline({ clock }, hedge({ delayMs: 100 })).run(work))).rejects.toThrow('broken');
    expect(clock.monotonicMs()).toBe(50);
    await clock.advance(1000);
    expect(calls).toBe(1);
  });

  test('still answers when the first call fails while it runs', async () => {
    const clock = new SimulatedClock();
    const work = async ({ signal }: Attempt) => {
      const first = clock.monotonicMs() === 0;
      await clock.sleep(first ? 150 : 100, { signal });
      if (first) throw new Error('broken');
      return 'hedge';
    };
    expect(await clock.run(pipeline({ clock }, hedge({ delayMs: 100 })).run(work))).toBe('hedge');
  });

  test('ends like the call that failed first when all fail', async () => {
    const clock = new SimulatedClock();
    let calls = 0;
    const work = async () => {
      const call = calls++;
      await clock.sleep(call === 0 ? 300 : 50);
      throw new Error(`call ${call}`);
    };
    await expect(clock.run(pipeline({ clock }, hedge({ delayMs: 100 })).run(work))).rejects.toThrow('call 1');
    expect(clock.monotonicMs()).toBe(300);
  });

  test('waits for a good answer, and answers a bad one only when there is no other', async () => {
    const clock = new SimulatedClock();
    const { work } = slowWork(clock, 150, 100);
    const isGood = (answer: string) => answer === 'call 1';
    const good = pipeline({ clock }, hedge({ delayMs: 100, isGood }));
    expect(await clock.run(good.run(work))).toBe('call 1');
    const none = pipeline({ clock }, hedge({ delayMs: 100, isGood: (answer: string) => answer === 'none' }));
    expect(await clock.run(none.run(slowWork(clock, 150, 100).work))).toBe('call 0');
  });

  test('survives a predicate that throws: that call has failed', async () => {
    const clock = new SimulatedClock();
    const broken = new Error('predicate');
    const isGood = () => {
      throw broken;
    };
    const policies = pipeline({ clock }, hedge({ delayMs: 100, isGood }));
    await expect(clock.run(policies.run(slowWork(clock, 150, 100).work))).rejects.toBe(broken);
  });

  test('counts losers as failures of no breaker inside', async () => {
    const clock = new SimulatedClock();
    const guard = breaker({ name: 'llm', consecutive: 1 });
    const policies = pipeline({ clock }, hedge({ delayMs: 100 }), guard);
    expect(await clock.run(policies.run(slowWork(clock, 1000, 20).work))).toBe('call 1');
    await clock.advance(2000);
    expect(await policies.run(() => 'still closed')).toBe('still closed');
  });

  test('shares the operation of the run', async () => {
    const clock = new SimulatedClock();
    const { attempts, work } = slowWork(clock, 1000, 20);
    await clock.run(pipeline({ clock }, hedge({ delayMs: 100 })).run(work));
    expect(new Set(attempts.map(({ operation }) => operation.id)).size).toBe(1);
  });
});

test('a hedge tells when it starts and when it has won', async () => {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const heard: unknown[] = [];
  signals.on(hedgeStarted, ({ source, data }) => heard.push(['started', source, data]));
  signals.on(hedgeWon, ({ source, data }) => heard.push(['won', source, data]));
  const policies = pipeline({ clock, signals, name: 'llm' }, hedge({ delayMs: 100 }));
  await clock.run(policies.run(slowWork(clock, 1000, 20).work));
  expect(heard).toEqual([
    ['started', 'llm', { hedge: 1, delayMs: 100 }],
    ['won', 'llm', { hedge: 1 }],
  ]);
});

test.each([
  [{}, 'delayMs of the hedge must be a number from 0 to 9007199254740991; got undefined'],
  [{ delayMs: -1 }, 'delayMs of the hedge must be a number from 0 to 9007199254740991; got -1'],
  [{ delayMs: 1, maxHedges: 0 }, 'maxHedges of the hedge must be a whole number of 1 or more; got 0'],
  [{ quantile: 0 }, 'quantile of the hedge must be a number above 0 to 1; got 0'],
  [{ quantile: '0.9' }, 'quantile of the hedge must be a number above 0 to 1; got 0.9'],
  [{ delayMs: 1, isGood: 'yes' }, 'isGood of the hedge must be a function; got yes'],
])('options that are out of range are refused: %j', (options, text) => {
  expect(() => hedge(options as never)).toThrow(text);
});
