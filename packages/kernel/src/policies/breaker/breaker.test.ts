import { describe, expect, test } from 'vitest';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import {
  type BreakerOptions,
  breaker,
  breakerChanged,
  breakerFaults,
  breakerState,
  pipeline,
  timeout,
  timeWindow,
} from '../index.ts';
import { broken, circuit } from './circuit.fixture.ts';

const isOpen = (error: unknown) => breakerFaults.CIRCUIT_OPEN.matches(error);

describe('a breaker that counts failures in a row', () => {
  test('opens at the last of them, and refuses without calling', async () => {
    const { subject, fail, begin, changes } = circuit({ consecutive: 3, openMs: 1000 });
    for (let i = 0; i < 3; i++) expect(await fail()).toBe(broken);
    expect(breakerState(subject)).toMatchObject({
      state: 'open',
      reason: 'consecutive-failures',
      retryAfterMs: 1000,
      timesOpened: 1,
    });
    expect(changes).toEqual(['closed → open: consecutive-failures']);
    const refused = begin();
    expect(await refused.succeed()).toSatisfy(isOpen);
    expect(refused.admitted()).toBe(false);
  });

  test('starts anew after a success', async () => {
    const { subject, succeed, fail } = circuit({ consecutive: 3 });
    for (const call of [fail, fail, succeed, fail, fail]) await call();
    expect(breakerState(subject)).toMatchObject({ state: 'closed', failuresInARow: 2 });
  });

  test('counts five unless told otherwise', async () => {
    const { subject, fail } = circuit();
    for (let i = 0; i < 5; i++) await fail();
    expect(breakerState(subject)).toMatchObject({
      state: 'open',
      reason: 'consecutive-failures',
      retryAfterMs: 60_000,
      timesOpened: 1,
    });
  });

  test('does not count work that somebody no longer wanted, wherever it was aborted', async () => {
    const subjectClock = new SimulatedClock();
    const subject = breaker({ name: 'llm', consecutive: 1, clock: subjectClock });
    const inner = pipeline(timeout(1000));
    const outer = pipeline({ clock: subjectClock }, subject);
    const unwanted = new DOMException('enough', 'AbortError');
    await expect(outer.run(() => Promise.reject(unwanted))).rejects.toBe(unwanted);
    const controller = new AbortController();
    controller.abort(unwanted);
    await expect(outer.run(() => inner.run(() => 1, { signal: controller.signal }))).rejects.toBe(unwanted);
    expect(breakerState(subject)).toMatchObject({ state: 'closed', failuresInARow: 0 });
  });

  test('says when to come back, in the fault', async () => {
    const { clock, fail } = circuit({ consecutive: 1, openMs: 1000 });
    await fail();
    await clock.advance(250);
    expect(await fail()).toMatchObject({
      code: 'CIRCUIT_OPEN',
      retryable: false,
      context: { breaker: 'llm', retryAfterMs: 750 },
      message: 'llm is open, retry in 750 ms',
    });
  });
});

describe('a breaker with a time window', () => {
  const window = { durationMs: 10_000, failureRatio: 0.5, minimumCalls: 4 };
  const trip = timeWindow(window);

  test('opens when the share of failures is reached, but not on too few calls', async () => {
    const { subject, succeed, fail, changes } = circuit({ trip });
    for (const call of [fail, fail, fail]) await call();
    expect(breakerState(subject)).toMatchObject({ state: 'closed', counted: [{ calls: 3, failures: 3 }] });
    for (const call of [succeed, succeed, succeed, succeed]) await call();
    expect(breakerState(subject)).toMatchObject({ state: 'closed', counted: [{ calls: 7, failures: 3 }] });
    await fail();
    expect(changes).toEqual(['closed → open: failure-ratio']);
  });

  test('forgets what is older than the window, also after idle hours', async () => {
    const { clock, subject, succeed, fail } = circuit({ trip });
    for (const call of [fail, fail, fail]) await call();
    await clock.advance(3 * 3_600_000);
    expect(breakerState(subject)).toMatchObject({ counted: [{ calls: 0, failures: 0 }] });
    for (const call of [fail, succeed, succeed, succeed]) await call();
    await clock.advance(3_600_000);
    await fail();
    expect(breakerState(subject)).toMatchObject({ state: 'closed', counted: [{ calls: 1, failures: 1 }] });
  });

  test('does not open on failures alone when the successes beside them ended without anybody looking at the clock', async () => {
    const { clock, subject, begin } = circuit({ trip: timeWindow({ ...window, minimumCalls: 2 }) });
    const calls = Array.from({ length: 20 }, begin);
    await clock.advance(15_000);
    for (const call of calls.slice(0, 18)) await call.succeed();
    for (const call of calls.slice(18)) await call.fail();
    expect(breakerState(subject)).toMatchObject({ state: 'closed', counted: [{ calls: 20, failures: 2 }] });
  });

  test('may count failures in a row as well', async () => {
    const { fail, changes } = circuit({ trip, consecutive: 2 });
    await fail();
    await fail();
    expect(changes).toEqual(['closed → open: consecutive-failures']);
  });
});

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
    expect(await calls[2]?.succeed()).toSatisfy((error) => breakerFaults.CIRCUIT_OPEN.matches(error));
    expect(breakerState(subject)).toMatchObject({ state: 'half-open', inFlight: 2 });
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
    expect(breakerState(subject)).toMatchObject({ state: 'half-open', inFlight: 7 });
    await calls[3]?.fail();
    expect(changes.at(-1)).toBe('half-open → open: probes-failed');
  });

  test('closes as soon as enough have succeeded', async () => {
    const { begin, subject } = await probed({ halfOpenProbes: 10, halfOpenSuccessRatio: 0.3 });
    const calls = Array.from({ length: 10 }, begin);
    for (const call of calls.slice(0, 7)) await call.fail();
    for (const call of calls.slice(7)) await call.succeed();
    expect(subject.phase.state).toBe('closed');
  });

  test('gets the place of a cancelled probe back', async () => {
    const { begin, subject } = await probed();
    expect(await begin().cancel()).toBe('no longer wanted');
    expect(breakerState(subject)).toMatchObject({ state: 'half-open', inFlight: 0 });
    await begin().succeed();
    expect(subject.phase.state).toBe('closed');
  });

  test('gets the place of an abandoned probe back', async () => {
    const clock = new SimulatedClock();
    const subject = breaker({ name: 'llm', consecutive: 1, openMs: 1000 });
    const policies = pipeline({ clock }, timeout(100), subject);
    await policies.run(() => Promise.reject(broken)).catch(() => undefined);
    await clock.advance(1000);
    await expect(clock.run(policies.run(() => new Promise(() => undefined)))).rejects.toThrow('no answer');
    expect(breakerState(subject)).toMatchObject({ state: 'half-open', inFlight: 0 });
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
    expect(breakerState(subject)).toMatchObject({ state: 'half-open', inFlight: 0 });
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
    expect(subject.phase.state).toBe('open');
    await clock.advance(1000);
    const probe = begin();
    await slowSuccess.succeed();
    await slowFailure.fail();
    await slowCancelled.cancel();
    expect(breakerState(subject)).toMatchObject({ state: 'half-open', inFlight: 1 });
    await probe.succeed();
    expect(breakerState(subject)).toMatchObject({ state: 'closed', failuresInARow: 0 });
  });
});

test('a change is told in the name of the breaker, on its own signals when it has some', async () => {
  const signals = new Signals();
  const heard: unknown[] = [];
  signals.on(breakerChanged, ({ source, data }) => heard.push({ source, data }));
  const policies = pipeline(
    { name: 'turn', signals: new Signals() },
    breaker({ name: 'llm', consecutive: 1, signals }),
  );
  await policies.run(() => Promise.reject(broken)).catch(() => undefined);
  const data = { from: 'closed', to: 'open', reason: 'consecutive-failures' };
  expect(heard).toEqual([{ source: 'llm', data }]);
});
