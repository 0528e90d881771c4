import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import {
  breakerChanged,
  breakerState,
  isolate,
  type KeyedBreakersOptions,
  keyedBreakers,
  pipeline,
  reconfigureBreaker,
  restoreBreaker,
  timeout,
} from '../index.ts';
import { broken } from './circuit.fixture.ts';

function keyed(options: Partial<KeyedBreakersOptions> = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const changes: string[] = [];
  signals.on(breakerChanged, ({ source, data: { from, to } }) => changes.push(`${source}: ${from} → ${to}`));
  const subject = keyedBreakers({ name: 'api', consecutive: 1, openMs: 1000, ...options });
  const policies = pipeline({ clock, signals }, subject);
  const call = (key: string | undefined, work: () => Promise<string>, signal?: AbortSignal) =>
    policies.run(work, { key, signal }).catch((error: unknown) => error);
  const succeed = (key?: string) => call(key, async () => 'answer');
  const fail = (key?: string) => call(key, () => Promise.reject(broken));
  return { clock, subject, policies, changes, call, succeed, fail };
}

describe('keyed breakers', () => {
  test('open for the key that fails, and for no other', async () => {
    const { subject, fail, succeed, changes } = keyed();
    await fail('a');
    expect(await succeed('b')).toBe('answer');
    expect(await succeed('a')).toMatchObject({
      code: 'CIRCUIT_OPEN',
      context: { breaker: 'api/a', retryAfterMs: 1000 },
    });
    expect(changes).toEqual(['api/a: closed → open']);
    expect(subject.troubled().map(({ name }) => name)).toEqual(['api/a']);
    expect(subject.size).toBe(2);
  });

  test('share one for the calls without a key', async () => {
    const { fail, succeed } = keyed();
    await fail();
    expect(await succeed('')).toMatchObject({ code: 'CIRCUIT_OPEN' });
  });

  test('are probed and closed again like any other', async () => {
    const { clock, subject, fail, succeed, changes } = keyed();
    await fail('a');
    await clock.advance(1000);
    expect(await succeed('a')).toBe('answer');
    expect(changes).toEqual(['api/a: closed → open', 'api/a: open → half-open', 'api/a: half-open → closed']);
    expect(subject.troubled()).toEqual([]);
  });

  test('can be held, limited and saved by hand, each for itself', async () => {
    const { subject, succeed, fail } = keyed();
    const release = isolate(subject.of('a'));
    expect(await succeed('a')).toMatchObject({ context: { breaker: 'api/a', retryAfterMs: null } });
    release();
    await fail('b');
    const saved = subject.troubled().map(breakerState);
    const other = keyed();
    for (const snapshot of saved) restoreBreaker(other.subject.of('b'), snapshot);
    expect(await other.succeed('b')).toMatchObject({ code: 'CIRCUIT_OPEN' });
  });

  test('count no call that was cancelled, or stopped by a timeout further out', async () => {
    const { clock, subject, call } = keyed();
    const caller = new AbortController();
    const run = call(
      'a',
      () =>
        new Promise((_, reject) => {
          caller.signal.addEventListener('abort', () => reject(new Error('stopped')));
        }),
      caller.signal,
    );
    caller.abort('no longer wanted');
    expect(await run).toBe('no longer wanted');
    const outer = pipeline({ clock }, timeout(100), subject);
    await expect(clock.run(outer.run(() => new Promise(() => undefined), { key: 'a' }))).rejects.toThrow(
      'no answer',
    );
    expect(breakerState(subject.of('a'))).toMatchObject({ state: 'closed', failuresInARow: 0 });
  });

  test('go by new settings, all of them', async () => {
    const { subject, fail } = keyed({ consecutive: 2 });
    await fail('a');
    await fail('b');
    await fail('b');
    reconfigureBreaker(subject, { consecutive: 1, openMs: 5000 });
    await fail('a');
    expect(breakerState(subject.of('a'))).toMatchObject({ state: 'open', retryAfterMs: 5000 });
    expect(breakerState(subject.of('b'))).toMatchObject({ state: 'open', retryAfterMs: 1000 });
    await fail('c');
    expect(subject.troubled()).toHaveLength(3);
  });
});

describe('keyed breakers that are full', () => {
  test('forget the one that was not used for the longest time', async () => {
    const { subject, fail, succeed } = keyed({ maxKeys: 2, consecutive: 2 });
    await fail('a');
    await fail('b');
    await succeed('c');
    expect(subject.size).toBe(2);
    await fail('a');
    expect(breakerState(subject.of('a'))).toMatchObject({ state: 'closed', failuresInARow: 1 });
  });

  test('forget no open one before the closed ones', async () => {
    const { subject, fail, succeed } = keyed({ maxKeys: 3 });
    await fail('open');
    for (let i = 0; i < 10; i++) await succeed(`closed ${i}`);
    expect(subject.size).toBe(3);
    expect(await succeed('open')).toMatchObject({ code: 'CIRCUIT_OPEN' });
  });

  test('forget the longest unused open one when all are open', async () => {
    const { subject, fail, succeed } = keyed({ maxKeys: 2 });
    await fail('a');
    await fail('b');
    await succeed('a');
    await fail('c');
    expect(subject.troubled().map(({ name }) => name)).toEqual(['api/a', 'api/c']);
  });

  test('go by no result of a call whose breaker has made room', async () => {
    const { subject, call, succeed } = keyed({ maxKeys: 1 });
    const { promise, reject } = Promise.withResolvers<string>();
    const late = call('a', () => promise);
    await succeed('b');
    reject(broken);
    await late;
    expect(subject.troubled()).toEqual([]);
    expect(subject.size).toBe(1);
    expect(await succeed('a')).toBe('answer');
  });

  test('never hold more than maxKeys, and refuse for the same keys as breakers without a limit', async () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      fails: fc.boolean(),
      ms: fc.nat(400),
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5 }), fc.array(step), async (maxKeys, steps) => {
        const limited = keyed({ maxKeys });
        const unlimited = keyed();
        for (const { key, fails, ms } of steps) {
          await limited.clock.advance(ms);
          await unlimited.clock.advance(ms);
          const how = fails ? 'fail' : 'succeed';
          const [answer, expected] = [await limited[how](key), await unlimited[how](key)];
          expect(limited.subject.size).toBeLessThanOrEqual(maxKeys);
          if (maxKeys === 5) expect(String(answer)).toBe(String(expected));
          const troubled = limited.subject.troubled().map(({ phase }) => phase.state);
          expect(troubled).not.toContain('closed');
        }
      }),
      { numRuns: 100 },
    );
  });
});

test.each<[string, Partial<KeyedBreakersOptions>]>([
  ['maxKeys of the breakers api must be a whole number of 1 or more; got 0', { maxKeys: 0 }],
  ['openMs of the breaker api must be a number above 0 to 9007199254740991; got 0', { openMs: 0 }],
])('%s', (message, options) => {
  expect(() => keyedBreakers({ name: 'api', ...options })).toThrow(message);
});
