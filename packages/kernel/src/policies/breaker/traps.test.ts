import { describe, expect, test, vi } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import {
  breaker,
  breakerState,
  countWindow,
  pipeline,
  reconfigureBreaker,
  timeout,
  timeWindow,
} from '../index.ts';
import type { Gate } from '../pipeline/index.ts';
import { broken, circuit } from './circuit.fixture.ts';

describe('what users of other breakers ran into', () => {
  test('cockatiel SamplingBreaker: after an idle hour a 30 s window still held 233 failures', async () => {
    const trip = timeWindow({ durationMs: 30_000, failureRatio: 1, minimumCalls: 1000 });
    const { clock, subject, fail, succeed } = circuit({ trip });
    for (let i = 0; i < 233; i++) await fail();
    for (let i = 0; i < 348; i++) await succeed();
    expect(breakerState(subject)).toMatchObject({ counted: [{ calls: 581, failures: 233 }] });
    await clock.advance(3_600_000);
    expect(breakerState(subject)).toMatchObject({ counted: [{ calls: 0, failures: 0 }] });
    await fail();
    expect(breakerState(subject)).toMatchObject({ counted: [{ calls: 1, failures: 1 }] });
  });

  test('opossum#780, opossum#861: one timeout aborts every call in flight', async () => {
    const clock = new SimulatedClock();
    const policies = pipeline({ clock }, breaker({ name: 'llm' }), timeout(100));
    const signals: AbortSignal[] = [];
    const call = (takesMs: number) =>
      policies.run(({ signal }) => {
        signals.push(signal);
        return clock.sleep(takesMs, { signal }).then(() => 'answer');
      });
    const slow = call(1000).catch((error: unknown) => error);
    await clock.advance(50);
    const other = call(80);
    await clock.advance(50);
    expect(await slow).toMatchObject({ code: 'TIMED_OUT' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(await clock.run(other)).toBe('answer');
  });

  test('cockatiel#73, opossum#613, Polly#2381: half-open with several probes and a share of them', async () => {
    const options = { consecutive: 1, openMs: 1000, halfOpenProbes: 4, halfOpenSuccessRatio: 0.75 };
    const { clock, fail, begin, changes } = circuit(options);
    await fail();
    await clock.advance(1000);
    const probes = Array.from({ length: 5 }, begin);
    expect(probes.map((probe) => probe.admitted())).toEqual([true, true, true, true, false]);
    await probes[0]?.fail();
    for (const probe of probes.slice(1, 4)) await probe.succeed();
    expect(changes.at(-1)).toBe('half-open → closed: probes-succeeded');
  });

  test('Polly#216, opossum#119: a stampede of those that waited for the breaker to try again', async () => {
    const { clock, fail, begin } = circuit({ consecutive: 1, openMs: 1000 });
    await fail();
    await clock.advance(1000);
    const calls = Array.from({ length: 100 }, begin);
    expect(calls.filter((call) => call.admitted())).toHaveLength(1);
  });

  test('resilience4j#935, #903, #544: an error that is ignored never returned its permit', async () => {
    const { clock, subject, fail, run, changes } = circuit({
      consecutive: 1,
      openMs: 1000,
      isFailure: (error) => error === broken,
    });
    await fail();
    await clock.advance(1000);
    await run(() => Promise.reject(new Error('not found, which is an answer')));
    expect(changes.at(-1)).toBe('half-open → closed: probes-succeeded');
    await fail();
    reconfigureBreaker(subject, { isFailure: undefined } as object);
    await clock.advance(1000);
    await run(() => Promise.reject(new DOMException('enough', 'AbortError')));
    expect(breakerState(subject)).toMatchObject({ state: 'half-open', inFlight: 0 });
  });

  test('opossum#276, resilience4j#935: half-open for ever, because a probe never ends', async () => {
    const { clock, fail, begin, succeed, changes } = circuit({ consecutive: 1, openMs: 1000 });
    await fail();
    for (let i = 0; i < 3; i++) {
      await clock.advance(1000);
      expect(begin().admitted()).toBe(true);
      await clock.advance(1000);
      expect(begin().admitted()).toBe(false);
      expect(changes.at(-1)).toBe('half-open → open: probe-overdue');
    }
    await clock.advance(1000);
    expect(await succeed()).toBe('answer');
    expect(changes.at(-1)).toBe('half-open → closed: probes-succeeded');
  });

  test('cockatiel#69, cockatiel#81: a listener stays behind on the caller’s signal for each call', async () => {
    const { policies } = circuit({ consecutive: 1_000_000 });
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    for (let i = 0; i < 100; i++) {
      const work = ({ signal: own }: { signal: AbortSignal }) =>
        own.aborted || i % 2 === 0 ? Promise.reject(broken) : Promise.resolve('answer');
      await policies.run(work, { signal }).catch(() => undefined);
    }
    expect(added.mock.calls.length - removed.mock.calls.length).toBeLessThanOrEqual(1);
  });

  test('opossum `fail()`: a failure costs more, the more calls are in the window', () => {
    const many = 2 ** 40; // what went through them one by one would never end
    for (const rule of [
      timeWindow({ durationMs: 3_600_000, failureRatio: 1, minimumCalls: 1 }),
      countWindow({ calls: many, failureRatio: 1 }),
    ]) {
      const tally = rule.begin();
      const gate = { untilMs: 0 } as Gate;
      rule.count(tally, gate, 0, many - 1, 1);
      expect([tally.calls, tally.failures]).toEqual([many, 1]);
      expect(rule.count(tally, gate, 1, 0, 1)).toBe(false);
      expect(tally.failures).toBe(2);
    }
  });

  test('opossum#648, opossum#363: timers and intervals for each breaker', async () => {
    const { clock, fail, begin, subject } = circuit({ consecutive: 1, openMs: 1000 });
    begin();
    expect(clock.waitingTimers).toBe(0);
    await fail();
    expect(subject.phase.state).toBe('open');
    expect(clock.waitingTimers).toBe(0);
    await clock.advance(1000);
    begin();
    expect(subject.phase.state).toBe('half-open');
    expect(clock.waitingTimers).toBe(0);
  });
});
