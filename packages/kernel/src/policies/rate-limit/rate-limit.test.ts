import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { pipeline } from '../pipeline/index.ts';
import { retry } from '../retry/index.ts';
import { timeout, timeoutFaults } from '../timeout/index.ts';
import { rateLimit, slidingWindow, tokenBucket } from './index.ts';
import { limited, quota } from './limited.fixture.ts';
import { rateLimitFaults } from './rate-limit-faults.ts';

const isLimited = (error: unknown) => rateLimitFaults.RATE_LIMITED.matches(error);

describe('a rate limit', () => {
  test('lets a burst through, and refuses what is too much, saying when', async () => {
    const { clock, refused, made, call } = limited();
    const errors = await Promise.all(['a', 'b', 'c'].map((name) => call(name)));
    expect(made).toEqual({ a: 0, b: 0 });
    expect(errors[2]).toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
      context: { rateLimit: 'llm', retryAfterMs: 100 },
      message: 'the rate limit llm is used up, retry in 100 ms',
    });
    await clock.advance(40);
    await call('d');
    await clock.advance(60);
    await call('e');
    expect(made).toEqual({ a: 0, b: 0, e: 100 });
    expect(refused).toEqual([100, 60]);
  });

  test('makes calls wait for as long as they may, in order, and refuses at once who would wait longer', async () => {
    const { clock, refused, made, call } = limited({ maxWaitMs: 250 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) void call(name);
    expect(refused).toEqual([300]);
    await clock.advance(1000);
    expect(made).toEqual({ a: 0, b: 0, c: 100, d: 200 });
    expect(clock.waitingTimers).toBe(0);
  });

  test('lets nobody overtake who comes when the first of those who wait may go, before that has heard of it', async () => {
    const { clock, made, call } = limited({
      quota: slidingWindow({ calls: 2, windowMs: 100 }),
      maxWaitMs: 1000,
    });
    clock.schedule(100, () => void call('late'));
    for (const name of ['a', 'b', 'waits']) void call(name);
    await clock.advance(100);
    expect(Object.keys(made)).toEqual(['a', 'b', 'waits', 'late']);
    expect(clock.waitingTimers).toBe(0);
  });

  test('refuses at once who could not go before the deadline of its run', async () => {
    const { clock, made, call } = limited({ maxWaitMs: 1000 });
    for (const name of ['a', 'b']) void call(name);
    expect(await call('late', { deadlineMs: 99 })).toSatisfy(isLimited);
    void call('in time', { deadlineMs: 100 });
    await clock.advance(1000);
    expect(made).toEqual({ a: 0, b: 0, 'in time': 100 });
  });

  test('makes nobody wait behind a call that has been aborted', async () => {
    const { clock, made, call } = limited({ maxWaitMs: 10_000 });
    for (const name of ['a', 'b']) void call(name);
    const caller = new AbortController();
    const aborted = call('unwanted', { signal: caller.signal });
    void call('next');
    await clock.advance(50);
    caller.abort('enough');
    expect(await aborted).toBe('enough');
    await clock.advance(50);
    expect(made).toEqual({ a: 0, b: 0, next: 100 });
    expect(clock.waitingTimers).toBe(0);
  });

  test('takes nothing for a call that a timeout further out stops while it waits', async () => {
    const clock = new SimulatedClock();
    const subject = rateLimit({ name: 'llm', quota: quota(), maxWaitMs: 1000 });
    const policies = pipeline({ clock }, timeout(50), subject);
    for (let i = 0; i < 2; i++) await policies.run(() => i);
    const run = policies.run(() => 'never made').catch((error: unknown) => error);
    await clock.advance(50);
    expect(await run).toSatisfy((error) => timeoutFaults.TIMED_OUT.matches(error));
    expect(clock.waitingTimers).toBe(0);
    await clock.advance(50);
    expect(await policies.run(() => 'made')).toBe('made');
  });

  test('counts every attempt of a retry further out', async () => {
    const clock = new SimulatedClock();
    const subject = rateLimit({ name: 'llm', quota: quota() });
    const run = pipeline({ clock }, retry({ maxAttempts: 2, backoff: () => 0 }), subject).run(() => {
      throw new Error('flaky');
    });
    await expect(run).rejects.toThrow('flaky');
    await expect(pipeline({ clock }, subject).run(() => 1)).rejects.toSatisfy(isLimited);
  });

  test('takes another quota while it works, as if nothing had been taken, also for those who wait', async () => {
    const { clock, subject, made, call } = limited({ maxWaitMs: 1000 });
    for (const name of ['a', 'b', 'c']) void call(name);
    await clock.advance(50);
    subject.setQuota(slidingWindow({ calls: 1, windowMs: 500 }));
    for (const name of ['d', 'e']) void call(name);
    await clock.advance(1500);
    expect(made).toEqual({ a: 0, b: 0, c: 50, d: 550, e: 1050 });
    expect(clock.waitingTimers).toBe(0);
    expect(() => subject.setQuota({} as never)).toThrow('quota.take of the rate limit must be a function');
  });

  test('shares a quota with who takes of the same', async () => {
    const shared = quota();
    const [one, other] = [limited({ quota: shared }), limited({ quota: shared })];
    for (const { call } of [one, other]) expect(await call('a')).toBeUndefined();
    for (const { call } of [one, other]) expect(await call('b')).toSatisfy(isLimited);
  });

  test.each<[() => unknown, string]>([
    [() => rateLimit({ name: '', quota: quota() }), 'name of the rate-limit must be a text'],
    [
      () => rateLimit({ name: 'x', quota: quota(), maxWaitMs: -1 }),
      'maxWaitMs of the rate limit x must be a number of 0',
    ],
    [() => rateLimit({ name: 'x', quota: {} as never }), 'quota.take of the rate limit must be a function'],
    [
      () => tokenBucket({ tokensPerSecond: 0 }),
      'tokensPerSecond of the token bucket must be a number above 0',
    ],
    [() => tokenBucket({ tokensPerSecond: 1, burst: Number.NaN }), 'burst of the token bucket'],
    [
      () => tokenBucket({ tokensPerSecond: 1, burst: 0.5 }),
      'burst of the token bucket must be a number of 1 or more; got 0.5',
    ],
    [() => slidingWindow({ calls: 0, windowMs: 1 }), 'calls of the sliding window must be a whole number'],
    [() => slidingWindow({ calls: 2e6, windowMs: 1 }), 'from 1 to 1000000; got 2000000'],
    [
      () => slidingWindow({ calls: 1, windowMs: 0 }),
      'windowMs of the sliding window must be a number above 0',
    ],
  ])('refuses options out of range: %#', (make, message) => {
    expect(make).toThrow(message);
  });
});
