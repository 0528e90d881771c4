import { describe, expect, test } from 'vitest';
import { SimulatedClock, seededRandom } from '../../time/index.ts';
import {
  type BreakerOptions,
  breaker,
  breakerState,
  countWindow,
  exponential,
  pipeline,
  reconfigureBreaker,
  timeWindow,
} from '../index.ts';
import { broken, circuit } from './circuit.fixture.ts';

test.each<[string, Partial<Record<keyof BreakerOptions, unknown>>]>([
  ['name of the breaker  must be a text that is not empty; got ', { name: '' }],
  ['consecutive of the breaker llm must be a whole number of 1 or more; got 0', { consecutive: 0 }],
  ['openMs of the breaker llm must be a number above 0 to 9007199254740991; got 0', { openMs: 0 }],
  [
    'openMs of the breaker llm must be a number above 0 to 9007199254740991; got Infinity',
    { openMs: Infinity },
  ],
  ['openMs of the breaker llm must be a number above 0 to 9007199254740991; got 1 s', { openMs: '1 s' }],
  ['mayProbe of the breaker llm must be a function; got true', { mayProbe: true }],
  ['halfOpenProbes of the breaker llm must be a whole number of 1 or more; got 1.5', { halfOpenProbes: 1.5 }],
  [
    'halfOpenSuccessRatio of the breaker llm must be a number above 0 to 1; got 1.1',
    { halfOpenSuccessRatio: 1.1 },
  ],
  [
    'probeDeadlineMs of the breaker llm must be a number above 0 to 9007199254740991; got -1',
    { probeDeadlineMs: -1 },
  ],
  ['isFailure of the breaker llm must be a function; got all', { isFailure: 'all' }],
  ['isFailureResult of the breaker llm must be a function; got true', { isFailureResult: true }],
  ['ramp of the breaker llm must be a function; got object', { ramp: { durationMs: 1000 } }],
  ['begin of the trip rule must be a function; got null', { trip: [{ consecutive: 5 }] }],
])('%s', (message, options) => {
  expect(() => breaker({ name: 'llm', ...options } as BreakerOptions)).toThrow(message);
});

describe('how long a breaker stays open', () => {
  test('may depend on how often it has opened since it was last closed', async () => {
    const { clock, subject, fail, succeed } = circuit({
      consecutive: 1,
      openMs: exponential({ baseMs: 1000, jitter: 'none' }),
    });
    for (const waitMs of [1000, 2000, 4000]) {
      await fail();
      expect(breakerState(subject)).toMatchObject({ state: 'open', retryAfterMs: waitMs });
      await clock.advance(waitMs);
    }
    await succeed();
    await fail();
    expect(breakerState(subject)).toMatchObject({ state: 'open', retryAfterMs: 1000, timesOpened: 1 });
  });

  test('may be drawn by the chance of the pipeline', async () => {
    const wait = async (seed: number) => {
      const subject = breaker({
        name: 'llm',
        consecutive: 1,
        openMs: (_times, random) => random.next() * 1000,
      });
      const policies = pipeline({ clock: new SimulatedClock(), random: seededRandom(seed) }, subject);
      await policies.run(() => Promise.reject(broken)).catch(() => undefined);
      return breakerState(subject);
    };
    expect(await wait(7)).toEqual(await wait(7));
    expect(await wait(7)).not.toEqual(await wait(8));
  });

  test.each<[string, () => number]>([
    ['openMs must be a number from 0 to 9007199254740991; got NaN', () => Number.NaN],
    [
      'no idea',
      () => {
        throw new Error('no idea');
      },
    ],
  ])('is a minute when the function does not say: %s', async (message, openMs) => {
    const { subject, fail } = circuit({ consecutive: 1, openMs });
    expect(await fail()).toMatchObject({ message });
    expect(breakerState(subject)).toMatchObject({ state: 'open', retryAfterMs: 60_000 });
  });
});

describe('a breaker that is reconfigured (opossum#450, opossum#550: no live reconfiguration)', () => {
  test('goes on in its state, and by the new settings from then on', async () => {
    const { clock, subject, fail, succeed, changes } = circuit({ consecutive: 1, openMs: 1000 });
    await fail();
    reconfigureBreaker(subject, { openMs: 5000 });
    expect(breakerState(subject)).toMatchObject({ state: 'open', retryAfterMs: 1000 });
    await clock.advance(1000);
    await fail();
    expect(breakerState(subject)).toMatchObject({ state: 'open', retryAfterMs: 5000 });
    await clock.advance(5000);
    await succeed();
    expect(changes.at(-1)).toBe('half-open → closed: probes-succeeded');
  });

  test('keeps what it has counted, unless it is to count otherwise', async () => {
    const { subject, fail } = circuit({ consecutive: 3 });
    await fail();
    reconfigureBreaker(subject, { openMs: 5000 });
    expect(breakerState(subject)).toMatchObject({ failuresInARow: 1, counted: [] });
    reconfigureBreaker(subject, { trip: countWindow({ calls: 2, failureRatio: 1 }) });
    expect(breakerState(subject)).toMatchObject({
      failuresInARow: 0,
      counted: [{ calls: 0, failures: 0 }],
    });
    await fail();
    await fail();
    expect(breakerState(subject)).toMatchObject({ state: 'open' });
  });

  test('counts by time from then on, although its pipeline does not read the clock for it', async () => {
    const { clock, subject, begin, fail, succeed, changes } = circuit({ consecutive: 100 });
    const inFlight = begin();
    reconfigureBreaker(subject, {
      trip: timeWindow({ durationMs: 1000, failureRatio: 0.5, minimumCalls: 2 }),
    });
    await inFlight.succeed();
    for (let i = 0; i < 10; i++) await succeed();
    await clock.advance(60_000);
    await succeed();
    await fail();
    expect(changes).toEqual(['closed → open: failure-ratio']);
  });

  test('changes nothing when a setting is out of range', () => {
    const { subject } = circuit({ consecutive: 3 });
    expect(() => reconfigureBreaker(subject, { consecutive: 2, halfOpenProbes: 0 })).toThrow(
      'halfOpenProbes',
    );
    expect(breakerState(subject)).toMatchObject({ state: 'closed', failuresInARow: 0 });
  });

  test('looks at results from then on', async () => {
    const subject = breaker({ name: 'tts', consecutive: 1 });
    const policies = pipeline(subject);
    reconfigureBreaker(subject, { isFailureResult: (audio) => audio === '' });
    await policies.run(async () => '');
    expect(subject.phase.state).toBe('open');
  });
});
