import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { type BreakerOptions, breaker, pipeline, policyFaults, timeout } from '../index.ts';
import { broken, circuit } from './circuit.fixture.ts';

describe('a half-open breaker', () => {
  /** A breaker that has opened, and whose wait is over. */
  async function probed(options: Partial<BreakerOptions> = {}) {
    const all = circuit({ consecutive: 1, openMs: 1000, ...options });
    await all.fail();
    await all.clock.advance(1000);
    all.changes.length = 0;
    return all;
  }

  test('lets as many probes through as it needs, and no more', async () => {
    const { begin, subject } = await probed({ halfOpenProbes: 2 });
    const calls = [begin(), begin(), begin()];
    expect(calls.map((call) => call.admitted())).toEqual([true, true, false]);
    expect(await calls[2]?.succeed()).toSatisfy((error) => policyFaults.CIRCUIT_OPEN.matches(error));
    expect(subject.state).toEqual({ state: 'half-open', probing: 2, succeeded: 0, failed: 0 });
  });

  test('closes when the probes succeed', async () => {
    const { begin, changes } = await probed({ halfOpenProbes: 2 });
    for (const call of [begin(), begin()]) await call.succeed();
    expect(changes).toEqual(['open → half-open: wait-over', 'half-open → closed: probes-succeeded']);
  });

  test('opens again at the first failure that decides, and not before', async () => {
    const { begin, changes, subject } = await probed({ halfOpenProbes: 10, halfOpenSuccessRatio: 0.7 });
    const calls = Array.from({ length: 10 }, begin);
    for (const call of calls.slice(0, 3)) await call.fail();
    expect(subject.state).toMatchObject({ state: 'half-open', failed: 3 });
    await calls[3]?.fail();
    expect(changes.at(-1)).toBe('half-open → open: probes-failed');
  });

  test('closes as soon as enough have succeeded', async () => {
    const { begin, subject } = await probed({ halfOpenProbes: 10, halfOpenSuccessRatio: 0.3 });
    const calls = Array.from({ length: 10 }, begin);
    for (const call of calls.slice(0, 7)) await call.fail();
    for (const call of calls.slice(7)) await call.succeed();
    expect(subject.state.state).toBe('closed');
  });

  test('gets the place of a cancelled probe back', async () => {
    const { begin, subject } = await probed();
    expect(await begin().cancel()).toBe('no longer wanted');
    expect(subject.state).toMatchObject({ state: 'half-open', probing: 0 });
    await begin().succeed();
    expect(subject.state.state).toBe('closed');
  });

  test('gets the place of an abandoned probe back', async () => {
    const clock = new SimulatedClock();
    const subject = breaker({ name: 'llm', consecutive: 1, openMs: 1000 });
    const policies = pipeline({ clock }, timeout(100), subject);
    await policies.run(() => Promise.reject(broken)).catch(() => undefined);
    await clock.advance(1000);
    await expect(clock.run(policies.run(() => new Promise(() => undefined)))).rejects.toThrow('no answer');
    expect(subject.state).toMatchObject({ state: 'half-open', probing: 0 });
  });

  test('gets the place of a probe back whose predicate throws', async () => {
    const clock = new SimulatedClock();
    let asked = 0;
    const isFailure = () => {
      if (++asked > 1) throw new RangeError('in the predicate');
      return true;
    };
    const subject = breaker({ name: 'llm', consecutive: 1, openMs: 1000, isFailure });
    const run = () => pipeline({ clock }, subject).run(() => Promise.reject(broken));
    await expect(run()).rejects.toBe(broken);
    await clock.advance(1000);
    await expect(run()).rejects.toThrow('in the predicate');
    expect(subject.state).toMatchObject({ state: 'half-open', probing: 0 });
  });

  test('is not kept half-open by a probe that hangs', async () => {
    const { clock, begin, changes } = await probed({ probeDeadlineMs: 300 });
    begin();
    await clock.advance(299);
    expect(begin().admitted()).toBe(false);
    await clock.advance(1);
    expect(begin().admitted()).toBe(false);
    expect(changes.at(-1)).toBe('half-open → open: probe-overdue');
    await clock.advance(1000);
    expect(begin().admitted()).toBe(true);
  });

  test('goes by no result of a call from before', async () => {
    const { clock, begin, fail, subject } = circuit({ consecutive: 1, openMs: 1000 });
    const [early, slowSuccess, slowFailure, slowCancelled] = [begin(), begin(), begin(), begin()];
    await fail();
    await early.succeed();
    expect(subject.state.state).toBe('open');
    await clock.advance(1000);
    const probe = begin();
    await slowSuccess.succeed();
    await slowFailure.fail();
    await slowCancelled.cancel();
    expect(subject.state).toMatchObject({ state: 'half-open', probing: 1 });
    await probe.succeed();
    expect(subject.state).toMatchObject({ state: 'closed', consecutiveFailures: 0 });
  });
});
