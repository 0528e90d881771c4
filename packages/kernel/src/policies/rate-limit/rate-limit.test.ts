import { describe, expect, test } from 'vitest';
import { SimulatedClock, systemClock } from '../../time/index.ts';
import { pipeline, type RunOptions } from '../pipeline/index.ts';
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

  test('refuses at once who could not go before the deadline of its run', async () => {
    const { clock, made, call } = limited({ maxWaitMs: 1000 });
    for (const name of ['a', 'b']) void call(name);
    expect(await call('late', { deadlineMs: 99 })).toSatisfy(isLimited);
    void call('in time', { deadlineMs: 100 });
    await clock.advance(1000);
    expect(made).toEqual({ a: 0, b: 0, 'in time': 100 });
  });

  test('lets greater priorities go first, and refuses who has waited too long because of that', async () => {
    const { clock, refused, made, call } = limited({ maxWaitMs: 250 });
    for (const name of ['a', 'b', 'c', 'd']) void call(name);
    for (const name of ['urgent', 'more urgent']) void call(name, { priority: 1 });
    await clock.advance(1000);
    expect(made).toEqual({ a: 0, b: 0, urgent: 100, 'more urgent': 200 });
    expect(refused.length).toBe(2);
    expect(clock.waitingTimers).toBe(0);
  });

  test('makes nobody wait behind a call that has been aborted, whatever it would have cost', async () => {
    const cost = ({ name }: RunOptions) => Number(name);
    const { clock, made, call } = limited({ maxWaitMs: 10_000, cost });
    void call('all', { name: '2' });
    const caller = new AbortController();
    const dear = call('dear', { name: '2', signal: caller.signal });
    void call('cheap', { name: '1' });
    await clock.advance(150);
    expect(made).toEqual({ all: 0 });
    caller.abort('enough');
    expect(await dear).toBe('enough');
    expect(made).toEqual({ all: 0, cheap: 150 });
    expect(clock.waitingTimers).toBe(0);
  });

  test('takes nothing for a call that a timeout further out stops while it waits', async () => {
    const clock = new SimulatedClock();
    const subject = rateLimit({ name: 'llm', quota, maxWaitMs: 1000 });
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
    const subject = rateLimit({ name: 'llm', quota });
    const run = pipeline({ clock }, retry({ maxAttempts: 2, backoff: () => 0 }), subject).run(() => {
      throw new Error('flaky');
    });
    await expect(run).rejects.toThrow('flaky');
    await expect(pipeline({ clock }, subject).run(() => 1)).rejects.toSatisfy(isLimited);
  });

  test('gives each key a quota of its own, and forgets the one not used for longest', async () => {
    const { made, call } = limited({ maxKeys: 2, maxWaitMs: 0 });
    for (const key of ['x', 'x', 'y', 'x']) await call(key, { key });
    expect(await call('x again', { key: 'x' })).toSatisfy(isLimited);
    await call('z', { key: 'z' });
    for (const name of ['y again', 'and again', 'too often']) await call(name, { key: 'y' });
    expect(await call('x again', { key: 'x' })).toBeUndefined();
    expect(Object.keys(made)).toEqual(['x', 'y', 'z', 'y again', 'and again', 'x again']);
  });

  test('serves those who wait at a key that is forgotten', async () => {
    const { clock, made, call } = limited({ maxKeys: 1, maxWaitMs: 1000 });
    for (const name of ['a', 'b', 'waits']) void call(name, { key: 'x' });
    void call('other', { key: 'y' });
    await clock.advance(100);
    expect(made).toEqual({ a: 0, b: 0, other: 0, waits: 100 });
  });

  test('has one quota for all keys unless told otherwise', async () => {
    const { call } = limited();
    for (const key of ['x', 'y']) await call(key, { key });
    expect(await call('z', { key: 'z' })).toSatisfy(isLimited);
  });

  test('takes what a call costs, fails a call whose cost is out of range or cannot be told, and keeps nothing of it', async () => {
    const cost = ({ name }: RunOptions) => {
      if (name === 'broken') throw new Error('no idea');
      return Number(name);
    };
    const { made, call } = limited({ cost });
    await call('a', { name: '1.5' });
    await call('free', { name: '0' });
    expect(await call('dear', { name: '2.5' })).toMatchObject({
      message: 'cost of the rate limit llm must be a number from 0 to 2; got 2.5',
    });
    expect(await call('none', { name: 'x' })).toBeInstanceOf(RangeError);
    expect(await call('broken', { name: 'broken' })).toMatchObject({ message: 'no idea' });
    await call('rest', { name: '0.5' });
    expect(made).toEqual({ a: 0, free: 0, rest: 0 });
  });

  test('takes another quota while it works, as if nothing had been taken: who waits goes on waiting', async () => {
    const { clock, subject, made, call } = limited({ maxWaitMs: 1000 });
    for (const name of ['a', 'b', 'c']) void call(name);
    await clock.advance(50);
    subject.setQuota(slidingWindow({ calls: 1, windowMs: 500 }));
    for (const name of ['d', 'e']) void call(name);
    await clock.advance(1000);
    expect(made).toEqual({ a: 0, b: 0, c: 100, d: 50, e: 550 });
    expect(clock.waitingTimers).toBe(0);
    expect(() => subject.setQuota({} as never)).toThrow('quota.open of a rate limit must be a function');
    expect(await call('f')).toBeUndefined();
  });

  test('never makes a call wait for ever that costs more than another quota has at most', async () => {
    const { clock, subject, made, call } = limited({
      maxWaitMs: Number.POSITIVE_INFINITY,
      cost: ({ name }) => Number(name),
    });
    for (const name of ['2', '2']) void call('dear', { name });
    subject.setQuota(tokenBucket({ tokensPerSecond: 1, burst: 1 }));
    await clock.advance(200);
    expect(made).toEqual({ dear: 200 });
    expect(clock.waitingTimers).toBe(0);
  });

  test('is shared by pipelines of one clock', () => {
    const subject = rateLimit({ name: 'llm', quota });
    pipeline({ clock: new SimulatedClock() }, subject);
    expect(() => pipeline({ clock: systemClock }, subject)).toThrow('go by different clocks');
  });

  test.each<[() => unknown, string]>([
    [() => rateLimit({ name: '', quota }), 'the name of the rate-limit must be a text'],
    [
      () => rateLimit({ name: 'x', quota, maxWaitMs: -1 }),
      'maxWaitMs of the rate limit x must be a number of 0',
    ],
    [
      () => rateLimit({ name: 'x', quota, maxKeys: 0 }),
      'maxKeys of the rate limit x must be a whole number of 1',
    ],
    [
      () => rateLimit({ name: 'x', quota, cost: 2 as never }),
      'cost of a rate limit must be a function; got number',
    ],
    [() => rateLimit({ name: 'x', quota: {} as never }), 'quota.open of a rate limit must be a function'],
    [
      () => tokenBucket({ tokensPerSecond: 0 }),
      'tokensPerSecond of the token bucket must be a number above 0',
    ],
    [() => tokenBucket({ tokensPerSecond: 1, burst: Number.NaN }), 'burst of the token bucket'],
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
