import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock, seededRandom } from '../../time/index.ts';
import {
  type AdaptiveThrottleOptions,
  adaptiveThrottle,
  adaptiveThrottleFaults,
  pipeline,
  retry,
  retryScheduled,
} from '../index.ts';

const failing = () => Promise.reject(new Error('overloaded'));

function throttledService(options: Partial<AdaptiveThrottleOptions> = {}) {
  const clock = new SimulatedClock();
  const throttle = adaptiveThrottle({ name: 'llm', ...options });
  const policies = pipeline({ clock, random: seededRandom(3) }, throttle);
  /** Makes `count` calls, one each 10 ms; answers the share that reached the service. */
  const load = async (count: number, work: () => Promise<unknown>) => {
    let reached = 0;
    for (let i = 0; i < count; i++) {
      await clock.advance(10);
      const counted = () => {
        reached++;
        return work();
      };
      await policies.run(counted).catch((error: unknown) => error);
    }
    return reached / count;
  };
  return { clock, throttle, policies, load };
}

describe('an adaptive throttle (failsafe-go adaptivethrottler)', () => {
  test('refuses nothing while the service accepts', async () => {
    const { throttle, load } = throttledService();
    expect(await load(500, async () => 'answer')).toBe(1);
    expect(throttle.share).toBe(0);
  });

  test('lets through about twice what the service accepts', async () => {
    const { clock, load } = throttledService();
    // Takes 20 of the 100 calls a second.
    let freeMs = 0;
    const overloaded = () => {
      if (clock.monotonicMs() < freeMs) return failing();
      freeMs = clock.monotonicMs() + 50;
      return Promise.resolve('answer');
    };
    await load(10_000, overloaded);
    const reached = await load(5000, overloaded);
    expect(reached).toBeGreaterThan(0.25);
    expect(reached).toBeLessThan(0.45);
  });

  test('lets few calls through while all fail, and all again soon after the service recovers', async () => {
    const { load } = throttledService({ halfLifeMs: 5000 });
    await load(500, async () => 'answer');
    await load(3000, failing);
    expect(await load(1000, failing)).toBeLessThan(0.1);
    await load(6000, async () => 'answer');
    expect(await load(500, async () => 'answer')).toBe(1);
  });

  test('refuses with THROTTLED, which a retry does not insist on', async () => {
    const { load, policies } = throttledService();
    await load(2000, failing);
    const errors: unknown[] = [];
    for (let i = 0; i < 50; i++) errors.push(await policies.run(failing).catch((error: unknown) => error));
    const refusal = errors.find((error) => adaptiveThrottleFaults.THROTTLED.matches(error));
    expect(refusal).toMatchObject({ retryable: false, context: { adaptiveThrottle: 'llm' } });
  });

  test('whose refusals were taken for retryable: a retry outside of it insists on none', async () => {
    const { clock, throttle, load } = throttledService();
    await load(100, async () => 'answer');
    await load(300, failing);
    const tried: unknown[] = [];
    const signals = new Signals({ clock });
    signals.on(retryScheduled, ({ data }) => tried.push((data.error as Error).message));
    const policies = pipeline({ clock, signals, random: seededRandom(3) }, retry(), throttle);
    const runs = Array.from({ length: 50 }, () => policies.run(failing).catch((error: unknown) => error));
    const ended = await clock.run(Promise.all(runs));
    expect(ended.some((error) => adaptiveThrottleFaults.THROTTLED.matches(error))).toBe(true);
    expect(new Set(tried)).toEqual(new Set(['overloaded']));
  });

  test('counts no call that the caller cancels, and no failure that is none', async () => {
    const { throttle, policies, load } = throttledService({
      minimumCalls: 50,
      isFailure: (error) => (error as Error).message === 'overloaded',
    });
    const caller = new AbortController();
    const runs = Array.from({ length: 20 }, () =>
      policies.run(
        ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
        { signal: caller.signal },
      ),
    );
    caller.abort(new Error('barge-in'));
    await Promise.allSettled(runs);
    expect(throttle.share).toBe(0);
    await load(100, () => Promise.reject(new Error('no such key')));
    expect(throttle.share).toBe(0);
  });

  test('the share stays between 0 and 1, whatever happens when', async () => {
    const step = fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 100_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const { clock, throttle, policies } = throttledService({ minimumCalls: 0 });
        for (const [succeeds, waitMs] of steps) {
          await clock.advance(waitMs);
          await policies.run(succeeds ? async () => 1 : failing).catch((error: unknown) => error);
          expect(throttle.share).toBeGreaterThanOrEqual(0);
          expect(throttle.share).toBeLessThan(1);
        }
      }),
      { numRuns: 100 },
    );
  });
});

test.each([
  [{ factor: 0.5 }, 'factor of the adaptive throttle llm must be a number of 1 or more; got 0.5'],
  [{ halfLifeMs: 0 }, 'halfLifeMs of the adaptive throttle llm must be'],
  [{ minimumCalls: -1 }, 'got -1'],
  [{ isFailure: 'all' as never }, 'isFailure of the adaptive throttle llm must be a function; got all'],
  [{ name: '' }, 'must be a text that is not empty'],
])('refuses at construction: %j', (options, message) => {
  expect(() => adaptiveThrottle({ name: 'llm', ...options })).toThrow(message);
});
