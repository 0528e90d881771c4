import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import {
  type Attempt,
  breaker,
  breakerState,
  bulkhead,
  pipeline,
  retry,
  retryBudget,
  timeout,
} from '../index.ts';
import { OPEN_GATE } from './gate.ts';

const flaky = new Error('flaky');

describe('a call that passes by the gates', () => {
  test.each(['by the gates', 'by the hooks'])(
    'is counted by each of four, and leaves them %s',
    async (how) => {
      const clock = new SimulatedClock();
      const kept = ['a', 'b', 'c', 'd'].map((name) => bulkhead({ name, limit: 2 }));
      const run = pipeline({ clock }, ...kept, timeout(1000)).run(async (attempt) => {
        await clock.sleep(10);
        return how === 'by the gates' || attempt.signal;
      });
      expect(kept.map(({ state }) => state.active)).toEqual([1, 1, 1, 1]);
      await clock.run(run);
      expect(kept.map(({ state }) => state.active)).toEqual([0, 0, 0, 0]);
    },
  );

  test('before a breaker opened is no probe when it succeeds while half-open', async () => {
    const clock = new SimulatedClock();
    const guard = breaker({ name: 'guard', consecutive: 1, openMs: 10, halfOpenProbes: 2 });
    const policies = pipeline({ clock }, guard);
    await policies.run(async () => 'so that the gate is open');
    const early = policies.run(() => clock.sleep(50));
    await expect(policies.run(() => Promise.reject(flaky))).rejects.toBe(flaky);
    await clock.advance(20);
    const probe = policies.run(() => clock.sleep(100));
    await clock.run(early);
    expect(breakerState(guard).state).toBe('half-open');
    const second = policies.run(() => clock.sleep(1));
    await expect(policies.run(async () => 'one too many')).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
    await clock.run(Promise.all([probe, second]));
    expect(breakerState(guard).state).toBe('closed');
  });
});

test.each([
  ['fail', () => Promise.reject(flaky)],
  ['read their signal', async (attempt: Attempt) => attempt.signal],
])('calls that %s do not use up a gate without a limit', async (_what, work) => {
  const budget = retryBudget();
  const policies = pipeline(retry({ maxAttempts: 2, backoff: () => 0, budget }));
  for (let i = 0; i < 100; i++) await policies.run<unknown>(work).catch(() => undefined);
  expect(OPEN_GATE.active).toBeLessThan(10);
  expect(budget.gate?.active).toBeLessThan(10);
});
