import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import {
  constant,
  fallback,
  pipeline,
  type RetryBudget,
  retry,
  retryBudget,
  retryExhausted,
  retryScheduled,
  timeout,
} from '../index.ts';
import type { Gate } from '../pipeline/index.ts';

const flaky = new Error('flaky');
const fails = () => Promise.reject(flaky);

describe('a retry budget', () => {
  test('pays as long as it has tokens, and earns a share of one with each success', async () => {
    const budget = retryBudget({ clock: new SimulatedClock(), capacity: 2, ratio: 0.25, minPerSecond: 0 });
    expect([budget.tryTake(), budget.tryTake(), budget.tryTake()]).toEqual([true, true, false]);
    for (let i = 0; i < 3; i++) budget.deposit();
    expect([budget.tryTake(), budget.state]).toEqual([false, { tokens: 0.75, capacity: 2 }]);
    budget.deposit();
    expect([budget.tryTake(), budget.state.tokens]).toEqual([true, 0]);
  });

  test('earns so many tokens a second, and saves no more than its capacity', async () => {
    const clock = new SimulatedClock();
    const budget = retryBudget({ clock, capacity: 5, minPerSecond: 2 });
    for (let i = 0; i < 5; i++) budget.tryTake();
    await clock.advance(1500);
    expect(budget.state.tokens).toBe(3);
    await clock.advance(3_600_000);
    expect(budget.state.tokens).toBe(5);
    budget.giveBack();
    expect(budget.state.tokens).toBe(5);
  });

  test('holds a hundred, and earns one in five calls and ten a second, unless told otherwise', async () => {
    const clock = new SimulatedClock();
    const budget = retryBudget({ clock });
    for (let i = 0; i < 100; i++) expect(budget.tryTake()).toBe(true);
    expect(budget.tryTake()).toBe(false);
    for (let i = 0; i < 5; i++) budget.deposit();
    await clock.advance(100);
    expect(budget.state).toEqual({ tokens: 2, capacity: 100 });
  });

  test('is never below 0 nor above its capacity, whatever is done with it', async () => {
    const step = fc.constantFrom('take', 'give', 'deposit', 'wait', 'idle' as const);
    const rates = fc.double({ min: 0, max: 1000, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step),
        rates,
        rates,
        fc.integer({ min: 1, max: 9 }),
        async (steps, ratio, perSecond, capacity) => {
          const clock = new SimulatedClock();
          const budget = retryBudget({ clock, capacity, ratio, minPerSecond: perSecond });
          for (const each of steps) {
            const before = budget.state.tokens;
            if (each === 'take') expect(budget.tryTake()).toBe(before >= 1);
            else if (each === 'give') budget.giveBack();
            else if (each === 'deposit') budget.deposit();
            else await clock.advance(each === 'wait' ? 7 : 90_000);
            expect(budget.state.tokens).toBeGreaterThanOrEqual(0);
            expect(budget.state.tokens).toBeLessThanOrEqual(capacity);
          }
        },
      ),
      { numRuns: 60, seed: 11 },
    );
  });

  test('is not in debt when the count of its gate has wrapped around after 2,147,483,647 successes', () => {
    const budget = retryBudget({ clock: new SimulatedClock() }) as RetryBudget & { readonly gate: Gate };
    budget.gate.successes = -(2 ** 31);
    expect(budget.tryTake()).toBe(true);
    expect(budget.state.tokens).toBe(99);
  });

  test('needs no timer', () => {
    const clock = new SimulatedClock();
    retryBudget({ clock }).tryTake();
    expect(clock.waitingTimers).toBe(0);
  });
});

describe('a retry with a budget', () => {
  const setUp = (capacity: number, ratio = 0.5) => {
    const clock = new SimulatedClock();
    const signals = new Signals({ clock });
    const reasons: string[] = [];
    signals.on(retryExhausted, ({ data }) => reasons.push(data.reason));
    const budget = retryBudget({ clock, capacity, ratio, minPerSecond: 0 });
    const make = (options = {}) =>
      pipeline({ clock, signals }, retry({ maxAttempts: 9, backoff: constant(100), budget, ...options }));
    return { clock, budget, reasons, make };
  };

  test('gives up when the budget is spent, and says so', async () => {
    const { clock, reasons, make } = setUp(3);
    let calls = 0;
    const run = make().run(() => {
      calls++;
      return fails();
    });
    await expect(clock.run(run)).rejects.toBe(flaky);
    expect([calls, reasons]).toEqual([4, ['budget']]);
  });

  test('shares it with all that call the same dependency', async () => {
    const { clock, budget, make } = setUp(4);
    let calls = 0;
    const count = () => {
      calls++;
      return fails();
    };
    await clock.run(Promise.allSettled([make().run(count), make().run(count), make().run(count)]));
    expect([calls, budget.state.tokens]).toEqual([7, 0]);
  });

  test.each([
    ['past its gate', {}],
    ['by its hooks, as every result is looked at', { retryResult: () => false }],
    ['by its hooks, as time is measured', { maxElapsedMs: 1000 }],
  ])('earns with each success: %s', async (_how, options) => {
    const { clock, budget, make } = setUp(4);
    for (let i = 0; i < 4; i++) budget.tryTake();
    const policies = make(options);
    for (let i = 0; i < 3; i++) await policies.run(() => Promise.resolve(i));
    await policies.run(() => 'at once');
    expect(budget.state.tokens).toBe(2);
    await clock.run(policies.run(fails).catch(() => undefined));
    expect(budget.state.tokens).toBe(0);
  });

  test('earns once with a success that took retries', async () => {
    const { clock, budget, make } = setUp(4);
    let calls = 0;
    await clock.run(make().run(() => (calls++ < 2 ? fails() : Promise.resolve('at last'))));
    expect(budget.state.tokens).toBe(2.5);
  });

  test('spends nothing on runs that the caller cancels, be it in the wait or in the attempt', async () => {
    const { clock, budget, make } = setUp(4);
    for (const afterMs of [50, 150]) {
      const caller = new AbortController();
      const run = make().run(
        async ({ number, signal }) => {
          if (number === 1) throw flaky;
          await clock.sleep(1000, { signal });
        },
        { signal: caller.signal },
      );
      clock.schedule(afterMs, () => caller.abort(flaky));
      await expect(clock.run(run)).rejects.toBe(flaky);
      expect(budget.state.tokens).toBe(4);
    }
  });

  test('spends nothing when the caller cancels in the predicate', async () => {
    const { clock, budget, make } = setUp(4);
    const caller = new AbortController();
    const retryOn = () => {
      caller.abort(flaky);
      return true;
    };
    await clock.run(
      make({ retryOn })
        .run(fails, { signal: caller.signal })
        .catch(() => undefined),
    );
    expect(budget.state.tokens).toBe(4);
  });

  test('spends nothing when who hears of the retry cancels it', async () => {
    const { clock, budget } = setUp(4);
    const signals = new Signals({ clock });
    for (const delayMs of [0, 100]) {
      const caller = new AbortController();
      const stop = signals.on(retryScheduled, () => caller.abort(flaky));
      const policies = pipeline({ clock, signals }, retry({ backoff: constant(delayMs), budget }));
      await expect(clock.run(policies.run(fails, { signal: caller.signal }))).rejects.toBe(flaky);
      expect(budget.state.tokens).toBe(4);
      stop();
    }
  });

  test('has paid for the attempts that failed before the caller cancelled', async () => {
    const { clock, budget, make } = setUp(4);
    const caller = new AbortController();
    clock.schedule(250, () => caller.abort(flaky));
    await clock.run(
      make()
        .run(fails, { signal: caller.signal })
        .catch(() => undefined),
    );
    expect(budget.state.tokens).toBe(2);
  });

  test('gets back what a timeout outside ended in the wait', async () => {
    const { clock, budget } = setUp(4);
    const policies = pipeline(
      { clock },
      fallback('late'),
      timeout(50),
      retry({ backoff: constant(100), budget }),
    );
    expect(await clock.run(policies.run(fails))).toBe('late');
    expect(budget.state.tokens).toBe(4);
  });

  test('Polly#2348, resilience4j#172: while all fails, retries add no more than the minimum to the load', async () => {
    const clock = new SimulatedClock();
    const budget = retryBudget({ clock, capacity: 10, minPerSecond: 1 });
    const policies = pipeline({ clock }, retry({ maxAttempts: 5, backoff: constant(10), budget }));
    let calls = 0;
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 100; i++) {
        policies
          .run(() => {
            calls++;
            return fails();
          })
          .catch(() => undefined);
      }
      await clock.advance(1000);
    }
    // 6,000 calls, 10 saved and 59 to 60 earned retries; unbudgeted there would be 24,000.
    expect(calls).toBeGreaterThanOrEqual(6069);
    expect(calls).toBeLessThanOrEqual(6071);
  });
});

test.each<[string, () => unknown, string]>([
  [
    'ratio',
    () => retryBudget({ ratio: -0.1 }),
    'ratio of the retry budget must be a number from 0 to 1000; got -0.1',
  ],
  [
    'minPerSecond',
    () => retryBudget({ minPerSecond: Number.NaN }),
    'minPerSecond of the retry budget must be',
  ],
  ['capacity', () => retryBudget({ capacity: 0.5 }), 'capacity of the retry budget must be a number from 1'],
  ['no number', () => retryBudget({ capacity: '5' as never }), 'capacity of the retry budget must be'],
])('refuses at construction: %s', (_what, make, message) => {
  expect(make).toThrow(message);
});
