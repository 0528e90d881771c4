import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import {
  type BreakerOptions,
  breaker,
  breakerState,
  countWindow,
  forceClosed,
  isolate,
  pipeline,
  quotaExhausted,
  ramp,
  rateLimited,
  restoreBreaker,
  timeWindow,
} from '../index.ts';
import { broken, circuit } from './circuit.fixture.ts';

const START_WALL_MS = Date.UTC(2026, 0, 1);

/** The same breaker in another process, `laterMs` later: its monotonic time begins anew. */
function later(saved: unknown, laterMs: number, options: Partial<BreakerOptions> = {}) {
  const clock = new SimulatedClock(START_WALL_MS + laterMs);
  const subject = breaker({ name: 'llm', clock, ...options });
  restoreBreaker(subject, JSON.parse(JSON.stringify(saved)));
  const policies = pipeline({ clock }, subject);
  const fail = () => policies.run(() => Promise.reject(broken)).catch(() => undefined);
  const succeed = () => policies.run(async () => 'answer');
  return { clock, subject, fail, succeed };
}

describe('a breaker that is saved and restored', () => {
  test('stays open until the same wall time', async () => {
    const { clock, subject, fail } = circuit({ consecutive: 1, openMs: 60_000 });
    await clock.advance(5000);
    await fail();
    const after = later(breakerState(subject), 25_000);
    expect(breakerState(after.subject)).toMatchObject({
      state: 'open',
      reason: 'restored',
      retryAfterMs: 40_000,
      timesOpened: 1,
    });
    await after.clock.advance(40_000);
    expect(await after.succeed()).toBe('answer');
    expect(after.subject.phase.state).toBe('closed');
  });

  test('sends probes at once when it was half-open, or recovering, or its wait has passed', async () => {
    const one = circuit({ consecutive: 1, openMs: 1000, ramp: ramp({ durationMs: 1000 }) });
    await one.fail();
    const open = breakerState(one.subject);
    await one.clock.advance(1000);
    const probe = one.begin();
    const halfOpen = breakerState(one.subject);
    await probe.succeed();
    expect(one.subject.phase.state).toBe('recovering');
    const recovering = breakerState(one.subject);
    for (const saved of [open, halfOpen, recovering]) {
      const { subject, fail } = later(saved, 3_600_000, { consecutive: 1 });
      expect(breakerState(subject)).toMatchObject({ state: 'open', retryAfterMs: 0 });
      await fail();
      expect(breakerState(subject)).toMatchObject({ state: 'open', reason: 'probes-failed', timesOpened: 2 });
    }
  });

  test('keeps what it has counted', async () => {
    const trip = countWindow({ calls: 10, failureRatio: 0.5 });
    const { subject, fail, succeed } = circuit({ consecutive: 3, trip });
    for (const call of [succeed, succeed, fail, fail]) await call();
    const after = later(breakerState(subject), 3_600_000, { consecutive: 3, trip });
    expect(breakerState(after.subject)).toMatchObject({
      failuresInARow: 2,
      counted: [{ calls: 4, failures: 2 }],
    });
    await after.fail();
    expect(breakerState(after.subject)).toMatchObject({ state: 'open', reason: 'consecutive-failures' });
  });

  test('keeps of a time window what is not too old by then', async () => {
    const trip = timeWindow({ durationMs: 10_000, failureRatio: 0.5, minimumCalls: 4 });
    const { subject, fail, succeed } = circuit({ trip });
    for (const call of [succeed, fail, fail]) await call();
    const saved = breakerState(subject);
    expect(breakerState(later(saved, 5000, { trip }).subject)).toMatchObject({
      counted: [{ calls: 3, failures: 2 }],
    });
    expect(breakerState(later(saved, 60_000, { trip }).subject)).toMatchObject({
      counted: [{ calls: 0, failures: 0 }],
    });
    const { subject: again, fail: failAgain } = later(saved, 5000, { trip });
    await failAgain();
    expect(breakerState(again)).toMatchObject({ state: 'open', reason: 'failure-ratio' });
  });

  test('keeps limits', () => {
    const { subject } = circuit();
    rateLimited(60_000)(subject);
    expect(breakerState(later(breakerState(subject), 10_000).subject)).toMatchObject({
      state: 'rate-limited',
      retryAfterMs: 50_000,
    });
    quotaExhausted()(subject);
    expect(breakerState(later(breakerState(subject), 10_000).subject)).toMatchObject({
      state: 'quota-exhausted',
      retryAfterMs: null,
    });
    const { subject: other } = circuit();
    quotaExhausted(START_WALL_MS + 60_000)(other);
    expect(breakerState(later(breakerState(other), 10_000).subject)).toMatchObject({
      state: 'quota-exhausted',
      retryAfterMs: 50_000,
    });
  });

  test('does not wait for years because the wall clock was set back', async () => {
    const { subject, fail } = circuit({ consecutive: 1, openMs: 1000 });
    await fail();
    expect(breakerState(later(breakerState(subject), -START_WALL_MS).subject)).toMatchObject({
      retryAfterMs: 1000,
    });
  });

  test('is closed when it was held by hand: who holds it must do so again', () => {
    const { subject } = circuit();
    isolate(subject);
    expect(later(breakerState(subject), 0).subject.phase.state).toBe('closed');
    forceClosed(subject);
    expect(later(breakerState(subject), 0).subject.phase.state).toBe('closed');
  });

  test('an open breaker was told to be open for another time, and told everybody that it had closed in between', async () => {
    const { subject, fail, changes, clock, succeed } = circuit({ consecutive: 1, openMs: 1000 });
    await fail();
    restoreBreaker(subject, { ...good, seenWallMs: clock.wallMs(), retryAfterMs: 5000, timesOpened: 3 });
    expect(breakerState(subject)).toMatchObject({ state: 'open', retryAfterMs: 5000, timesOpened: 3 });
    expect(changes).toEqual(['closed → open: consecutive-failures']);
    await clock.advance(5000);
    expect(await succeed()).toBe('answer');
  });

  test('stays as it is while it is held by hand', async () => {
    const { subject, fail } = circuit({ consecutive: 1 });
    await fail();
    const saved = breakerState(subject);
    const release = isolate(subject);
    restoreBreaker(subject, saved);
    expect(subject.phase.state).toBe('isolated');
    release();
    expect(subject.phase.state).toBe('closed');
  });
});

const good = {
  name: 'llm',
  state: 'open',
  seenWallMs: START_WALL_MS,
  retryAfterMs: 1,
  timesOpened: 1,
  counted: [],
};
test.each<[string, unknown]>([
  ['a state of llm must be one of that name; got undefined', null],
  ['a state of llm must be one of that name; got undefined', 'open'],
  ['a state of llm must be one of that name; got tts', { ...good, name: 'tts' }],
  ['seenWallMs of the state of llm must be a number from 0', { ...good, seenWallMs: 'now' }],
  ['retryAfterMs of the state of llm must be a number from 0', { ...good, retryAfterMs: 'soon' }],
  ['state of the state of llm must be one of closed,open', { ...good, state: 'ajar', timesOpened: 0 }],
  // An open breaker that waits for ever.
  ['retryAfterMs of the state of llm must be a number from 0', { ...good, retryAfterMs: null }],
  ['timesOpened of the state of llm must be a number from 0', { ...good, timesOpened: -1 }],
  ['calls of the state of llm', { ...good, counted: [{ calls: -1, failures: 0 }] }],
  [
    'failures of the state of llm must be a number from 0 to 1; got 2',
    { ...good, counted: [{ calls: 1, failures: 2 }] },
  ],
])('%s', (message, snapshot) => {
  const { subject } = circuit();
  expect(() => restoreBreaker(subject, snapshot)).toThrow(message);
  expect(subject.phase.state).toBe('closed');
});

test('a snapshot that counts more than can be is taken in a moment', () => {
  const { subject } = circuit({ trip: countWindow({ calls: 10, failureRatio: 1 }) });
  const counted = [{ calls: Number.MAX_SAFE_INTEGER, failures: Number.MAX_SAFE_INTEGER }];
  restoreBreaker(subject, { ...good, state: 'closed', timesOpened: 0, counted });
  expect(breakerState(subject)).toMatchObject({ counted: [{ calls: 10, failures: 10 }] });
});
