import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { breakerState, countWindow, slowCalls, type TripRule, timeWindow } from '../index.ts';
import type { Gate } from '../pipeline/index.ts';
import { circuit } from './circuit.fixture.ts';

describe('a breaker that counts the last calls', () => {
  test('opens when the share of failures among them is reached, but not on too few', async () => {
    const trip = countWindow({ calls: 4, failureRatio: 0.5 });
    const { subject, succeed, fail, changes } = circuit({ trip });
    for (const call of [fail, fail, fail]) await call();
    expect(breakerState(subject)).toMatchObject({ state: 'closed', counted: [{ calls: 3, failures: 3 }] });
    for (const call of [succeed, succeed, succeed]) await call();
    expect(breakerState(subject)).toMatchObject({ counted: [{ calls: 4, failures: 1 }] });
    await fail();
    expect(changes).toEqual([]);
    await fail();
    expect(changes).toEqual(['closed → open: failure-ratio']);
  });

  test('knows of the last calls what a list of them would, however many there are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(0.25, 0.5, 1),
        fc.array(fc.record({ successes: fc.nat(20), failures: fc.nat(3) }), { maxLength: 60 }),
        (calls, failureRatio, steps) => {
          const rule = countWindow({ calls, failureRatio });
          const tally = rule.begin();
          const gate = { untilMs: 0 } as Gate;
          let all: boolean[] = [];
          for (const { successes, failures } of steps) {
            rule.count(tally, gate, 0, successes, 0);
            all = [...all, ...new Array<boolean>(successes).fill(false)];
            for (let i = 0; i < failures; i++) {
              const opens = rule.count(tally, gate, 0, 0, 1);
              all.push(true);
              const last = all.slice(-calls);
              expect(opens).toBe(
                last.length >= calls && last.filter(Boolean).length / last.length >= failureRatio,
              );
            }
            const last = all.slice(-calls);
            expect([tally.calls, tally.failures]).toEqual([last.length, last.filter(Boolean).length]);
          }
        },
      ),
    );
  });
});

describe('a breaker that counts slow calls', () => {
  const trip = slowCalls({ slowMs: 100, slowRatio: 0.5, minimumCalls: 4, durationMs: 10_000 });

  test('opens when the share of slow calls is reached, whatever they end in', async () => {
    const { clock, subject, begin, changes } = circuit({ trip });
    const [first, second] = [begin(), begin()];
    await clock.advance(101);
    await first.succeed();
    await second.fail();
    expect(breakerState(subject)).toMatchObject({ state: 'closed', counted: [{ calls: 2, failures: 2 }] });
    await begin().succeed();
    expect(changes).toEqual([]);
    await begin().fail();
    expect(changes).toEqual(['closed → open: slow-calls']);
  });

  test('takes one that takes no longer than slowMs as fast, and a failure that comes at once', async () => {
    const { clock, subject, begin } = circuit({ trip });
    const call = begin();
    await clock.advance(100);
    await call.succeed();
    for (let i = 0; i < 10; i++) await begin().fail();
    expect(breakerState(subject)).toMatchObject({ state: 'closed', counted: [{ calls: 11, failures: 0 }] });
  });

  test('sees calls that hang (resilience4j#1597: hanging calls are invisible until they finish)', async () => {
    const { clock, begin, changes } = circuit({ trip });
    const hanging = Array.from({ length: 20 }, begin);
    await clock.advance(101);
    expect(clock.waitingTimers).toBe(0);
    const next = begin();
    expect(next.admitted()).toBe(false);
    expect(await next.succeed()).toMatchObject({ code: 'CIRCUIT_OPEN' });
    expect(changes).toEqual(['closed → open: slow-calls']);
    for (const call of hanging) await call.succeed();
    expect(changes).toHaveLength(1);
  });

  test('sees them when another call ends, too', async () => {
    const { clock, begin, changes } = circuit({ trip });
    const calls = Array.from({ length: 6 }, begin);
    await clock.advance(60);
    const fast = begin();
    await clock.advance(41);
    await calls[0]?.cancel();
    expect(changes).toEqual(['closed → open: slow-calls']);
    await fast.succeed();
    expect(changes).toHaveLength(1);
  });

  test('counts one that is cancelled in time as nothing', async () => {
    const { subject, begin } = circuit({ trip });
    await begin().cancel();
    expect(breakerState(subject)).toMatchObject({ state: 'closed', counted: [{ calls: 0, failures: 0 }] });
  });

  test('counts a hanging call once, and forgets it with the window', async () => {
    const { clock, subject, begin } = circuit({ trip });
    const hanging = begin();
    await clock.advance(5000);
    await begin().succeed();
    await begin().succeed();
    expect(breakerState(subject)).toMatchObject({ counted: [{ calls: 3, failures: 1 }] });
    await clock.advance(10_000);
    await hanging.succeed();
    expect(breakerState(subject)).toMatchObject({ counted: [{ calls: 0, failures: 0 }] });
  });

  test('takes a slow probe as failed', async () => {
    const { clock, begin, changes } = circuit({ trip, consecutive: 1, openMs: 1000 });
    await begin().fail();
    await clock.advance(1000);
    const probe = begin();
    await clock.advance(101);
    await probe.succeed();
    expect(changes.at(-1)).toBe('half-open → open: probes-failed');
  });
});

test('the first of several rules that says so opens the breaker', async () => {
  const trip = timeWindow({ durationMs: 1000, failureRatio: 1, minimumCalls: 3 });
  const { fail, succeed, clock, changes } = circuit({ trip, consecutive: 4, openMs: 1 });
  for (let i = 0; i < 3; i++) await fail();
  await clock.advance(1);
  await succeed();
  await succeed();
  for (let i = 0; i < 4; i++) await fail();
  expect(changes).toEqual([
    'closed → open: failure-ratio',
    'open → half-open: wait-over',
    'half-open → closed: probes-succeeded',
    'closed → open: consecutive-failures',
  ]);
});

test.each<[string, () => TripRule]>([
  [
    'calls of the countWindow must be a whole number of 1 or more; got 0.5',
    () => countWindow({ calls: 0.5, failureRatio: 1 }),
  ],
  [
    'failureRatio of the countWindow must be a number above 0 to 1; got 2',
    () => countWindow({ calls: 5, failureRatio: 2 }),
  ],
  [
    'minimumCalls of the countWindow must be a whole number from 1 to 5; got 6',
    () => countWindow({ calls: 5, failureRatio: 1, minimumCalls: 6 }),
  ],
  [
    'durationMs of the timeWindow must be a number above 0 to 9007199254740991; got NaN',
    () => timeWindow({ durationMs: Number.NaN, failureRatio: 1, minimumCalls: 1 }),
  ],
  [
    'failureRatio of the timeWindow must be a number above 0 to 1; got 0',
    () => timeWindow({ durationMs: 1, failureRatio: 0, minimumCalls: 1 }),
  ],
  [
    'minimumCalls of the timeWindow must be a whole number of 1 or more; got 0',
    () => timeWindow({ durationMs: 1, failureRatio: 1, minimumCalls: 0 }),
  ],
  [
    'slowMs of the slowCalls must be a number above 0 to 9007199254740991; got 0',
    () => slowCalls({ slowMs: 0, slowRatio: 1, minimumCalls: 1, durationMs: 1 }),
  ],
  [
    'slowRatio of the slowCalls must be a number above 0 to 1; got 1.5',
    () => slowCalls({ slowMs: 1, slowRatio: 1.5, minimumCalls: 1, durationMs: 1 }),
  ],
])('%s', (message, make) => {
  expect(make).toThrow(message);
  expect(make).toThrow(RangeError);
});
