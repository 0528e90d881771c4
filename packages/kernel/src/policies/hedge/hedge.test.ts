import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isCancelled } from '../../faults/index.ts';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import {
  type Attempt,
  breaker,
  hedge,
  hedgeRefused,
  hedgeStarted,
  hedgeWon,
  pipeline,
  retry,
  retryBudget,
  timeout,
} from '../index.ts';

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Work that takes what `takesMs` says of each call, ends when it is told to, and remembers its attempts. */
function slowWork(clock: SimulatedClock, ...takesMs: readonly number[]) {
  const attempts: Attempt[] = [];
  const work = async (attempt: Attempt) => {
    const call = attempts.push(attempt) - 1;
    await clock.sleep(takesMs[call] ?? 0, { signal: attempt.signal });
    return `call ${call}`;
  };
  return { attempts, work };
}

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

  test('leaves no loser behind that rejects unheard', async () => {
    const clock = new SimulatedClock();
    const unheard: unknown[] = [];
    const onUnhandled = (error: unknown) => unheard.push(error);
    process.on('unhandledRejection', onUnhandled);
    let calls = 0;
    const work = async () => {
      const call = calls++;
      await clock.sleep(call === 0 ? 500 : 10);
      if (call === 0) throw new Error('late loser');
      return 'winner';
    };
    expect(await clock.run(pipeline({ clock }, hedge({ delayMs: 100 })).run(work))).toBe('winner');
    await clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onUnhandled);
    expect(unheard).toEqual([]);
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
});

describe('a budget', () => {
  test('pays for hedges; when it is empty the run goes on without', async () => {
    const clock = new SimulatedClock();
    const signals = new Signals({ clock });
    const heard: unknown[] = [];
    signals.on(hedgeRefused, ({ data }) => heard.push(data));
    const budget = retryBudget({ clock, capacity: 1, minPerSecond: 0, ratio: 0 });
    const policies = pipeline({ clock, signals }, hedge({ delayMs: 100, maxHedges: 3, budget }));
    const { attempts, work } = slowWork(clock, 1000, 1000, 1000, 1000);
    expect(await clock.run(policies.run(work))).toBe('call 0');
    expect(attempts).toHaveLength(2);
    expect(heard).toEqual([{ hedge: 2 }]);
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
    const policies = pipeline({ clock }, hedge({ quantile: { q: 0.9, minSamples: 50 } }));
    const hedgesOf = async (takesMs: number) => {
      const { attempts, work } = slowWork(clock, takesMs, 0);
      await clock.run(policies.run(work));
      return attempts.length - 1;
    };
    let early = 0;
    for (let call = 0; call < 50; call++) early += await hedgesOf(10 + call);
    expect(early).toBe(0);
    expect(await hedgesOf(50)).toBe(0);
    expect(await hedgesOf(70)).toBe(1);
    let later = 0;
    for (let call = 0; call < 400; call++) later += await hedgesOf(10 + ((call * 7) % 50));
    // A tenth of the calls, less what the estimate is too high by, and no more however many hedges won before.
    expect(later / 400).toBeGreaterThan(0.01);
    expect(later / 400).toBeLessThanOrEqual(0.12);
  });

  test('grows when first calls become slow, also when hedges win all the time', async () => {
    const clock = new SimulatedClock();
    const signals = new Signals({ clock });
    const delaysMs: number[] = [];
    signals.on(hedgeStarted, ({ data }) => delaysMs.push(data.delayMs));
    const policies = pipeline({ clock, signals }, hedge({ quantile: { q: 0.9, minSamples: 20 } }));
    for (let n = 0; n < 20; n++) await clock.run(policies.run(slowWork(clock, 10).work));
    for (let n = 0; n < 20; n++) await clock.run(policies.run(slowWork(clock, 1000, 30).work));
    expect(delaysMs[0]).toBeLessThan(12);
    expect(delaysMs.at(-1)).toBeGreaterThan(40);
  });

  test('uses delayMs until it knows enough', async () => {
    const clock = new SimulatedClock();
    const policies = pipeline({ clock }, hedge({ delayMs: 20, quantile: { minSamples: 3 } }));
    const { attempts, work } = slowWork(clock, 100, 1);
    await clock.run(policies.run(work));
    expect(attempts).toHaveLength(2);
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
  [{ quantile: { q: 0 } }, 'q of the hedge must be a number above 0 to 1; got 0'],
  [
    { quantile: { minSamples: 1001 } },
    'minSamples of the hedge must be a whole number from 1 to 1000; got 1001',
  ],
  [{ delayMs: 1, isGood: 'yes' }, 'isGood of a hedge must be a function; got string'],
])('options that are out of range are refused: %j', (options, text) => {
  expect(() => hedge(options as never)).toThrow(text);
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
