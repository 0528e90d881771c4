import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import {
  type Attempt,
  exponential,
  fallback,
  type Policy,
  pipeline,
  retry,
  timeout,
  timeoutFaults,
} from '../index.ts';
import { layer } from './index.ts';

const flaky = new Error('flaky');
const never = (attempt: Attempt) =>
  new Promise<never>((_resolve, reject) => {
    attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason));
  });
/** Refuses, without an attempt. */
const refusal = (refuses: () => boolean): Policy<never, unknown> => ({
  kind: 'refusal',
  attach: () =>
    layer({
      enter: (call) => {
        const toFault = () => timeoutFaults.TIMED_OUT({ pipeline: 'x', timeoutMs: 1 });
        if (refuses()) call.refuse({ retryable: false, toFault });
        return undefined;
      },
    }),
});
const waits = exponential({ baseMs: 100, jitter: 'none' });

describe('cancelled by the caller', () => {
  const reason = new Error('barge-in');

  test('before the start: the work is not called', async () => {
    let calls = 0;
    const run = pipeline(fallback('instead'), retry(), timeout(10)).run(
      () => {
        calls++;
        return '';
      },
      { signal: AbortSignal.abort(reason) },
    );
    await expect(run).rejects.toBe(reason);
    expect(calls).toBe(0);
  });

  test('during a wait: the run ends at once and calls nothing again', async () => {
    const clock = new SimulatedClock();
    const caller = new AbortController();
    let calls = 0;
    const run = pipeline({ clock }, retry({ backoff: () => 60_000 })).run(
      async () => {
        calls++;
        throw flaky;
      },
      { signal: caller.signal },
    );
    clock.schedule(20, () => caller.abort(reason));
    await expect(clock.run(run)).rejects.toBe(reason);
    expect(clock.monotonicMs()).toBe(20);
    expect(clock.waitingTimers).toBe(0);
    expect(calls).toBe(1);
  });

  test('while the work runs: it is told, and the caller gets the own reason whatever the work says', async () => {
    const caller = new AbortController();
    let told: unknown;
    const run = pipeline(fallback('instead'), retry(), timeout(1000, { mode: 'cooperative' })).run(
      (attempt) =>
        never(attempt).catch(() => {
          told = attempt.signal.reason;
          throw new Error('socket closed');
        }),
      { signal: caller.signal },
    );
    caller.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect(told).toBe(reason);
  });

  test('work that does not look at its signal is waited for, and its success counts', async () => {
    const clock = new SimulatedClock();
    const caller = new AbortController();
    const run = pipeline({ clock }, retry(), timeout(1000, { mode: 'cooperative' })).run(
      () => clock.sleep(50).then(() => 'done all the same'),
      { signal: caller.signal },
    );
    caller.abort(reason);
    expect(await clock.run(run)).toBe('done all the same');
  });

  test('an abandoning timeout answers the abort at once', async () => {
    const clock = new SimulatedClock();
    const caller = new AbortController();
    const run = pipeline({ clock }, timeout(1000)).run(() => clock.sleep(500), { signal: caller.signal });
    clock.schedule(20, () => caller.abort(reason));
    await expect(clock.run(run)).rejects.toBe(reason);
    expect(clock.monotonicMs()).toBe(20);
  });

  test('by the work itself, before it answers: an abandoning timeout does not wait for it', async () => {
    const caller = new AbortController();
    const run = pipeline(timeout(1000)).run(
      () => {
        caller.abort(reason);
        return new Promise(() => undefined);
      },
      { signal: caller.signal },
    );
    await expect(run).rejects.toBe(reason);
  });

  test('by a predicate: no wait begins', async () => {
    const clock = new SimulatedClock();
    const caller = new AbortController();
    const run = pipeline(
      { clock },
      retry({
        backoff: waits,
        retryOn: () => {
          caller.abort(reason);
          return true;
        },
      }),
    ).run(() => Promise.reject(flaky), { signal: caller.signal });
    await expect(run).rejects.toBe(reason);
    expect(clock.waitingTimers).toBe(0);
  });

  test('by the condition of a fallback: it is not asked to answer, as nobody could tell it to stop', async () => {
    const caller = new AbortController();
    let asked = false;
    const when = () => {
      caller.abort(reason);
      return true;
    };
    const answer = () => {
      asked = true;
    };
    const run = pipeline(fallback(answer, { when })).run(
      (attempt) => (attempt.signal.aborted ? 1 : Promise.reject(flaky)),
      { signal: caller.signal },
    );
    await expect(run).rejects.toBe(reason);
    expect(asked).toBe(false);
  });

  test('while a fallback answers a refusal, before there was an attempt: it is told too', async () => {
    const caller = new AbortController();
    const run = pipeline(
      fallback((_error, attempt) => never(attempt)),
      refusal(() => true),
    ).run(() => 1, { signal: caller.signal });
    caller.abort(reason);
    await expect(run).rejects.toBe(reason);
  });

  test('while the first attempt runs, after a fallback has answered before it: it is told', async () => {
    const caller = new AbortController();
    let refuses = true;
    const isUsed = (result: unknown) => {
      refuses = false;
      return result === 'instead';
    };
    const run = pipeline(
      retry({ backoff: () => 0, retryResult: isUsed }),
      fallback(() => 'instead'),
      refusal(() => refuses),
    ).run(never, { signal: caller.signal });
    caller.abort(reason);
    await expect(run).rejects.toBe(reason);
  });

  test('while a fallback answers: it is told too', async () => {
    const caller = new AbortController();
    const run = pipeline(fallback((_error, attempt) => never(attempt))).run(() => Promise.reject(flaky), {
      signal: caller.signal,
    });
    caller.abort(reason);
    await expect(run).rejects.toBe(reason);
  });
});

describe('the listeners on a signal', () => {
  const warnings: unknown[] = [];
  const onWarning = (warning: unknown) => warnings.push(warning);
  afterEach(() => process.off('warning', onWarning));

  test('10,000 calls on one signal leave none behind and make no warning', async () => {
    process.on('warning', onWarning);
    const caller = new AbortController();
    const { signal } = caller;
    const policies = pipeline(retry({ maxAttempts: 2, backoff: () => 0 }), timeout(60_000));
    const readsSignal = async (attempt: Attempt) => {
      if (attempt.number === 1) throw flaky;
      return attempt.signal.aborted;
    };
    const running = Array.from({ length: 10_000 }, () => policies.run(readsSignal, { signal }));
    expect(getEventListeners(signal, 'abort').length).toBeLessThanOrEqual(1);
    await Promise.all(running);
    for (let i = 0; i < 1000; i++) await policies.run(readsSignal, { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    expect(warnings).toEqual([]);
  });

  test('a signal that is read after the run leaves none either', async () => {
    const { signal } = new AbortController();
    const attempt = await pipeline(retry()).run((given) => given, { signal });
    expect(attempt.signal.aborted).toBe(false);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  test('an abort reaches every one of many calls on one signal', async () => {
    const caller = new AbortController();
    const policies = pipeline(timeout(60_000, { mode: 'cooperative' }));
    const running = Array.from({ length: 100 }, () => policies.run(never, { signal: caller.signal }));
    caller.abort('all of you');
    const settled = await Promise.allSettled(running);
    expect(new Set(settled.map((one) => (one as PromiseRejectedResult).reason))).toEqual(
      new Set(['all of you']),
    );
    expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  });
});
