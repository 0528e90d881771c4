import { describe, expect, test } from 'vitest';
import { breakerState, quotaExhausted, ramp, rateLimited, resetBreaker } from '../index.ts';
import { circuit } from './circuit.fixture.ts';

class HttpError extends Error {
  readonly status: number;
  readonly retryAfterMs: number;
  readonly untilWallMs: number | undefined;

  constructor(status: number, retryAfterMs = 0, untilWallMs?: number) {
    super(`HTTP ${status}`);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    this.untilWallMs = untilWallMs;
  }
}

const isFailure = (error: unknown) => {
  if (!(error instanceof HttpError)) return undefined;
  if (error.status === 402) return quotaExhausted(error.untilWallMs);
  return error.status === 429 ? rateLimited(error.retryAfterMs) : undefined;
};

describe('a breaker of a service that says when to come back', () => {
  test('keeps calls away until then, and then lets them all through', async () => {
    const { clock, subject, run, succeed, changes } = circuit({ consecutive: 1, isFailure });
    await run(() => Promise.reject(new HttpError(429, 2000)));
    expect(breakerState(subject)).toMatchObject({ state: 'rate-limited', retryAfterMs: 2000 });
    await clock.advance(1500);
    expect(await run(() => 'not called')).toMatchObject({
      code: 'RATE_LIMITED_BY_SERVICE',
      retryable: false,
      context: { breaker: 'llm', retryAfterMs: 500 },
      message: 'llm is rate-limited, retry in 500 ms',
    });
    await clock.advance(500);
    expect(await Promise.all([succeed(), succeed()])).toEqual(['answer', 'answer']);
    expect(changes).toEqual(['closed → rate-limited: rate-limited', 'rate-limited → closed: limit-over']);
  });

  test('tells a quota that is used up from a rate limit (SmarterRouter#7)', async () => {
    const { clock, subject, run, succeed, changes } = circuit({ isFailure });
    await run(() => Promise.reject(new HttpError(402, 0, clock.wallMs() + 3_600_000)));
    expect(breakerState(subject)).toMatchObject({ state: 'quota-exhausted', retryAfterMs: 3_600_000 });
    expect(await run(() => 'not called')).toMatchObject({
      code: 'QUOTA_EXHAUSTED',
      message: 'llm is quota-exhausted, retry in 3600000 ms',
    });
    await clock.advance(3_600_000);
    expect(await succeed()).toBe('answer');
    expect(changes).toEqual([
      'closed → quota-exhausted: quota-exhausted',
      'quota-exhausted → closed: limit-over',
    ]);
  });

  test('waits for a reset when nobody knows when a quota is renewed', async () => {
    const { clock, subject, run, succeed } = circuit({ isFailure });
    await run(() => Promise.reject(new HttpError(402)));
    expect(breakerState(subject)).toMatchObject({ state: 'quota-exhausted', retryAfterMs: null });
    await clock.advance(365 * 86_400_000);
    expect(await run(() => 'not called')).toMatchObject({
      context: { retryAfterMs: null },
      message: 'llm is quota-exhausted',
    });
    resetBreaker(subject);
    expect(await succeed()).toBe('answer');
  });

  test('counts a limit as no failure, and other errors as ever', async () => {
    const { clock, subject, run, changes } = circuit({ consecutive: 2, isFailure });
    await run(() => Promise.reject(new HttpError(500)));
    await run(() => Promise.reject(new HttpError(429, 10)));
    await clock.advance(10);
    await run(() => Promise.reject(new HttpError(500)));
    expect(breakerState(subject)).toMatchObject({ state: 'closed', failuresInARow: 1 });
    await run(() => Promise.reject(new HttpError(500)));
    expect(changes.at(-1)).toBe('closed → open: consecutive-failures');
  });

  test('waits for the longest of the times that calls in flight are told', async () => {
    const { clock, subject, hold } = circuit({ isFailure });
    const calls = [hold(), hold(), hold()];
    await calls[0]?.fail(new HttpError(429, 1000));
    await calls[1]?.fail(new HttpError(429, 5000));
    await calls[2]?.fail(new HttpError(429, 2000));
    expect(breakerState(subject)).toMatchObject({ state: 'rate-limited', retryAfterMs: 5000 });
    expect(clock.waitingTimers).toBe(0);
  });

  test('takes a rate limit for nothing new while the quota is used up', () => {
    const { subject, changes } = circuit();
    rateLimited(1000)(subject);
    quotaExhausted()(subject);
    rateLimited(1)(subject);
    expect(breakerState(subject)).toMatchObject({ state: 'quota-exhausted', retryAfterMs: null });
    expect(changes).toEqual([
      'closed → rate-limited: rate-limited',
      'rate-limited → quota-exhausted: quota-exhausted',
    ]);
  });

  test('sends probes after a limit on a service that had failed before', async () => {
    const { clock, subject, run, begin, fail } = circuit({ consecutive: 1, openMs: 1000, isFailure });
    await fail();
    rateLimited(500)(subject);
    expect(breakerState(subject)).toMatchObject({ state: 'rate-limited', retryAfterMs: 1000 });
    await clock.advance(1000);
    await run(() => Promise.reject(new HttpError(429, 100)));
    expect(breakerState(subject)).toMatchObject({ state: 'rate-limited', retryAfterMs: 100 });
    await clock.advance(100);
    const probes = [begin(), begin()];
    expect(probes.map((probe) => probe.admitted())).toEqual([true, false]);
  });

  test('recovers slowly after a limit where it has a ramp', async () => {
    const { clock, subject, begin, changes } = circuit({ ramp: ramp({ durationMs: 1000 }) });
    rateLimited(100)(subject);
    await clock.advance(100);
    expect([begin(), begin(), begin()].map((call) => call.admitted())).toEqual([true, false, false]);
    expect(changes.at(-1)).toBe('rate-limited → recovering: limit-over');
  });

  test('gives the place of a call back whose error isFailure cannot read', async () => {
    const mistake = new TypeError('no such field');
    const { subject, clock, run, fail } = circuit({
      consecutive: 1,
      openMs: 10,
      isFailure: (error) => {
        if (error instanceof HttpError) throw mistake;
        return undefined;
      },
    });
    await fail();
    await clock.advance(10);
    expect(await run(() => Promise.reject(new HttpError(500)))).toBe(mistake);
    expect(breakerState(subject)).toMatchObject({ state: 'half-open', inFlight: 0 });
  });
});

test('a limit that is over already lets the next call through', async () => {
  const { clock, subject, succeed } = circuit();
  await clock.advance(5000);
  quotaExhausted(clock.wallMs() - 1)(subject);
  expect(await succeed()).toBe('answer');
});

test.each([
  ['retryAfterMs must be a number from 0 to 9007199254740991; got -1', () => rateLimited(-1)],
  ['retryAfterMs must be a number from 0 to 9007199254740991; got NaN', () => rateLimited(Number.NaN)],
  ['untilWallMs must be a number of 0 or more; got -1', () => quotaExhausted(-1)],
])('%s', (message, make) => {
  expect(make).toThrow(message);
  expect(make).toThrow(RangeError);
});
