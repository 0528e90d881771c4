import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { type Attempt, hedge, hedgeStarted, pipeline, retryBudget } from '../index.ts';
import { caught, slowWork } from './slow-work.fixture.ts';

describe('a budget', () => {
  test('pays for hedges; when it is empty the run goes on without', async () => {
    const clock = new SimulatedClock();
    const budget = retryBudget({ clock, capacity: 1, minPerSecond: 0, ratio: 0 });
    const policies = pipeline({ clock }, hedge({ delayMs: 100, maxHedges: 3, budget }));
    const { attempts, work } = slowWork(clock, 1000, 1000, 1000, 1000);
    expect(await clock.run(policies.run(work))).toBe('call 0');
    expect(attempts).toHaveLength(2);
    expect(clock.waitingTimers).toBe(0);
  });

  test('earns from runs that succeed', async () => {
    const clock = new SimulatedClock();
    const budget = retryBudget({ clock, capacity: 2, minPerSecond: 0, ratio: 0.5 });
    budget.tryTake();
    budget.tryTake();
    const policies = pipeline({ clock }, hedge({ delayMs: 100, budget }));
    await clock.run(policies.run(slowWork(clock, 1).work));
    await clock.run(caught(policies.run(() => Promise.reject(new Error('broken')))));
    expect(budget.state.tokens).toBe(0.5);
  });
});

describe('a delay by quantile', () => {
  test('makes no hedge before it knows enough, then one for about as many calls as it says', async () => {
    const clock = new SimulatedClock();
    const policies = pipeline({ clock }, hedge({ quantile: 0.9 }));
    const hedgesOf = async (takesMs: number) => {
      const { attempts, work } = slowWork(clock, takesMs, 1);
      await clock.run(policies.run(work));
      return attempts.length - 1;
    };
    let early = 0;
    for (let call = 0; call < 100; call++) early += await hedgesOf(10 + ((call * 7) % 50));
    expect(early).toBe(0);
    expect(await hedgesOf(40)).toBe(0);
    expect(await hedgesOf(80)).toBe(1);
    let later = 0;
    for (let call = 0; call < 1000; call++) later += await hedgesOf(10 + ((call * 7) % 50));
    // A tenth of the calls, and no more however many hedges won before.
    expect(later / 1000).toBeCloseTo(0.1, 2);
  });

  test('grows when first calls become slow, also when hedges win all the time', async () => {
    const clock = new SimulatedClock();
    const signals = new Signals({ clock });
    const delaysMs: number[] = [];
    signals.on(hedgeStarted, ({ data }) => delaysMs.push(data.delayMs));
    const policies = pipeline({ clock, signals }, hedge({ quantile: 0.9 }));
    for (let n = 0; n < 100; n++) await clock.run(policies.run(slowWork(clock, 10).work));
    for (let n = 0; n < 20; n++) await clock.run(policies.run(slowWork(clock, 1000, 30).work));
    expect(delaysMs[0]).toBeLessThan(12);
    expect(delaysMs.at(-1)).toBeGreaterThan(40);
  });

  test('uses delayMs until it knows enough', async () => {
    const clock = new SimulatedClock();
    const policies = pipeline({ clock }, hedge({ delayMs: 20, quantile: 0.95 }));
    const { attempts, work } = slowWork(clock, 100, 1);
    await clock.run(policies.run(work));
    expect(attempts).toHaveLength(2);
  });
});

test('whatever the calls do, the first good answer is the run’s, and nothing is left running or waiting', async () => {
  const call = fc.record({
    takesMs: fc.noBias(fc.integer({ min: 1, max: 1_000_000 })),
    ends: fc.constantFrom('good', 'bad', 'error'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 4, maxLength: 4 }), async (calls) => {
      const clock = new SimulatedClock();
      const delayMs = 200_001.5;
      let begun = 0;
      let running = 0;
      const work = async ({ signal }: Attempt) => {
        const index = begun++;
        const { takesMs, ends } = calls[index] as (typeof calls)[number];
        running++;
        try {
          await clock.sleep(takesMs, { signal });
        } finally {
          running--;
        }
        if (ends === 'error') throw index;
        return { index, ends };
      };
      const isGood = ({ ends }: { readonly ends: string }) => ends === 'good';
      const policies = pipeline({ clock }, hedge({ delayMs, maxHedges: 3, isGood }));
      const outcome: unknown = await clock.run(
        policies.run(work).then(
          ({ index }) => index,
          (error: unknown) => error,
        ),
      );
      const endedAtMs = clock.monotonicMs();
      await clock.advance(0);
      expect(running).toBe(0);
      expect(clock.waitingTimers).toBe(0);
      // Said again in the plainest way: calls begin one delay apart while something runs and nothing good has come.
      let last = 0;
      const ended: { readonly atMs: number; readonly index: number; readonly good: boolean }[] = [];
      for (let index = 0; index < 4; index++) {
        const beginsMs = index * delayMs;
        const isOver = ended.some(({ atMs, good }) => good && atMs < beginsMs);
        if (isOver || (index > 0 && last < beginsMs)) break;
        const { takesMs, ends } = calls[index] as (typeof calls)[number];
        last = Math.max(last, beginsMs + takesMs);
        ended.push({ atMs: beginsMs + takesMs, index, good: ends === 'good' });
      }
      ended.sort((one, other) => one.atMs - other.atMs);
      const expected = ended.find(({ good }) => good);
      expect(outcome).toBe((expected ?? ended[0])?.index);
      expect(endedAtMs).toBe(expected?.atMs ?? last);
    }),
    { numRuns: 300 },
  );
});
