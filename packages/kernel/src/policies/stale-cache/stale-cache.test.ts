import fc from 'fast-check';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import {
  type Attempt,
  breaker,
  pipeline,
  retry,
  revalidationFailed,
  type StaleCacheOptions,
  staleCache,
  staleServed,
  timeout,
} from '../index.ts';

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A cache of answers that are fresh for 100 ms, and work that takes 10 ms and answers its own number. */
function workshop(options: Partial<StaleCacheOptions<never, unknown>> = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const cache = staleCache<never, unknown>({ name: 'weather', freshMs: 100, ...options });
  const policies = pipeline({ clock, signals, name: 'forecast' }, cache);
  const attempts: Attempt[] = [];
  const failing = { error: undefined as unknown };
  const work = async (attempt: Attempt) => {
    const call = attempts.push(attempt);
    await clock.sleep(10, { signal: attempt.signal });
    if (failing.error !== undefined) throw failing.error;
    return `answer ${call}`;
  };
  const ask = (key = 'berlin') => clock.run(policies.run(work, { key }));
  return { clock, signals, cache, policies, attempts, failing, work, ask };
}

describe('a cache', () => {
  test('answers from what was answered while it is fresh, and no longer', async () => {
    const { clock, ask } = workshop();
    expect(await ask()).toBe('answer 1');
    await clock.advance(99);
    expect(await ask()).toBe('answer 1');
    await clock.advance(1);
    expect(await ask()).toBe('answer 2');
  });

  test('keeps the answers of keys apart', async () => {
    const { ask } = workshop();
    expect(await ask('berlin')).toBe('answer 1');
    expect(await ask('paris')).toBe('answer 2');
    expect(await ask('berlin')).toBe('answer 1');
  });

  test('without a key calls the work each time, under the caller’s signal', async () => {
    const { clock, cache, policies, attempts, work } = workshop();
    const controller = new AbortController();
    await clock.run(policies.run(work));
    const run = caught(policies.run(work, { signal: controller.signal }));
    controller.abort('hung up');
    expect(await clock.run(run)).toBe('hung up');
    expect(attempts).toHaveLength(2);
    expect(cache.size).toBe(0);
  });

  test('can take its keys from elsewhere', async () => {
    const { clock, policies, work, attempts } = workshop({ key: ({ name }) => name });
    await clock.run(policies.run(work, { name: 'a', key: '1' }));
    await clock.run(policies.run(work, { name: 'a', key: '2' }));
    expect(attempts).toHaveLength(1);
  });

  test('keeps no failures', async () => {
    const { ask, cache, failing } = workshop();
    failing.error = new Error('down');
    expect(await caught(ask())).toBe(failing.error);
    expect(cache.size).toBe(0);
    failing.error = undefined;
    expect(await ask()).toBe('answer 2');
  });

  test.each([undefined, null])('keeps no %s, and forgets what it knew of the key', async (nothing) => {
    const { clock, policies, cache, ask } = workshop({ staleIfErrorMs: 1000 });
    await ask();
    await clock.advance(100);
    expect(await clock.run(policies.run(() => nothing, { key: 'berlin' }))).toBe(nothing);
    expect(cache.size).toBe(0);
  });

  test('keeps no answer that may not be kept, and forgets what it knew of the key', async () => {
    const { clock, policies, cache, ask } = workshop({ isGood: (answer) => answer !== '' });
    await ask();
    await clock.advance(100);
    expect(await policies.run(() => '', { key: 'berlin' })).toBe('');
    expect(cache.size).toBe(0);
  });

  test('keeps at most maxEntries, and lets go of what was not asked for longest', async () => {
    const { ask, cache } = workshop({ maxEntries: 2 });
    await ask('a');
    await ask('b');
    await ask('a');
    await ask('c');
    expect(cache.size).toBe(2);
    expect(await ask('a')).toBe('answer 1');
    expect(await ask('b')).toBe('answer 4');
  });

  test('forgets a key, or all, when it is told to', async () => {
    const { ask, cache } = workshop();
    await ask('a');
    await ask('b');
    cache.invalidate('a');
    expect(cache.size).toBe(1);
    expect(await ask('a')).toBe('answer 3');
    cache.invalidate();
    expect(cache.size).toBe(0);
  });

  test('keeps no answer that was asked for before it was told to forget', async () => {
    const { clock, policies, cache, work, ask } = workshop();
    const old = policies.run(work, { key: 'berlin' });
    await clock.advance(5);
    cache.invalidate('berlin');
    expect(await ask()).toBe('answer 2');
    expect(await old).toBe('answer 1');
    expect(await ask()).toBe('answer 2');
  });

  test('is shared by the pipelines that it is used in, on one clock', async () => {
    const { clock, cache, ask } = workshop();
    await ask();
    const other = pipeline({ clock }, cache);
    expect(await other.run(() => 'other', { key: 'berlin' })).toBe('answer 1');
    expect(() => pipeline({ clock: new SimulatedClock(), name: 'late' }, cache)).toThrow(
      'the stale-cache weather and the pipeline late go by different clocks: give both the same',
    );
  });
});

describe('calls for the same at the same time', () => {
  test('are answered by one call of the work', async () => {
    const { clock, policies, work, attempts } = workshop();
    const runs = [1, 2, 3].map(() => policies.run(work, { key: 'berlin' }));
    const answers = await clock.run(Promise.all(runs));
    expect(answers).toEqual(['answer 1', 'answer 1', 'answer 1']);
    expect(attempts).toHaveLength(1);
  });

  test('fail of one call of the work, all with its error', async () => {
    const { clock, policies, work, failing, attempts } = workshop();
    failing.error = new Error('down');
    const runs = [1, 2].map(() => caught(policies.run(work, { key: 'berlin' })));
    const errors = await clock.run(Promise.all(runs));
    expect(errors).toEqual([failing.error, failing.error]);
    expect(attempts).toHaveLength(1);
  });

  test('are left alone by one that is cancelled, also the first', async () => {
    const { clock, policies, attempts, work } = workshop();
    const first = new AbortController();
    const second = new AbortController();
    const runs = [first.signal, second.signal, undefined].map((signal) =>
      policies.run(work, { key: 'berlin', signal }).catch((error: unknown) => error),
    );
    await clock.advance(5);
    first.abort('one left');
    second.abort('two left');
    expect(await Promise.all(runs.slice(0, 2))).toEqual(['one left', 'two left']);
    expect(clock.monotonicMs()).toBe(5);
    expect(attempts[0]?.signal.aborted).toBe(false);
    expect(await clock.run(runs[2] as Promise<unknown>)).toBe('answer 1');
  });

  test('stop the work when the last one has left; who comes then begins anew', async () => {
    const { clock, cache, policies, attempts, work, ask } = workshop();
    const controllers = [new AbortController(), new AbortController()];
    const runs = controllers.map(({ signal }) => caught(policies.run(work, { key: 'berlin', signal })));
    await clock.advance(5);
    controllers[0]?.abort('one');
    controllers[1]?.abort('two');
    expect(attempts[0]?.signal.reason).toBe('two');
    const late = ask();
    expect(await Promise.all(runs)).toEqual(['one', 'two']);
    expect(await late).toBe('answer 2');
    expect(cache.size).toBe(1);
  });

  test('stop the work when the last one has left, also when its answer is not to be kept any more', async () => {
    const { clock, cache, policies, attempts, work } = workshop();
    const controller = new AbortController();
    const run = caught(policies.run(work, { key: 'berlin', signal: controller.signal }));
    await clock.advance(5);
    cache.invalidate('berlin');
    controller.abort('gone');
    expect(await run).toBe('gone');
    expect(attempts[0]?.signal.reason).toBe('gone');
  });

  test('are let go by a timeout outside, each by its own', async () => {
    const { clock, cache, work, ask } = workshop();
    const hasty = pipeline({ clock, name: 'hasty' }, timeout(5), cache);
    const patient = ask();
    await expect(clock.run(hasty.run(work, { key: 'berlin' }))).rejects.toMatchObject({ code: 'TIMED_OUT' });
    expect(await patient).toBe('answer 1');
  });

  test('are cancelled, not failed, for the breaker inside when they stop the work', async () => {
    const clock = new SimulatedClock();
    const cache = staleCache({ name: 'weather', freshMs: 100 });
    const policies = pipeline({ clock }, cache, breaker({ name: 'origin', consecutive: 1 }));
    const controller = new AbortController();
    const work = ({ signal }: Attempt) => clock.sleep(10, { signal });
    const run = caught(policies.run(work, { key: 'a', signal: controller.signal }));
    await clock.advance(1);
    controller.abort('gone');
    expect(await run).toBe('gone');
    expect(await policies.run(() => 'closed', { key: 'b' })).toBe('closed');
  });
});

describe('a stale answer', () => {
  test('stands in for a failure until it is too old for that', async () => {
    const { clock, ask, failing } = workshop({ staleIfErrorMs: 50 });
    await ask();
    failing.error = new Error('down');
    await clock.advance(139);
    expect(await ask()).toBe('answer 1');
    await clock.advance(1);
    expect(await caught(ask())).toBe(failing.error);
  });

  test('is judged by its age when the work has failed, not when it began', async () => {
    const { clock, ask, failing } = workshop({ staleIfErrorMs: 50 });
    await ask();
    failing.error = new Error('down');
    await clock.advance(140);
    expect(await caught(ask())).toBe(failing.error);
  });

  test('is given while a new one is fetched in the background, once', async () => {
    const { clock, ask, attempts } = workshop({ staleWhileRevalidateMs: 50 });
    await ask();
    await clock.advance(100);
    expect(await ask()).toBe('answer 1');
    expect(await ask()).toBe('answer 1');
    expect(attempts).toHaveLength(2);
    await clock.advance(10);
    expect(await ask()).toBe('answer 2');
    await clock.advance(150);
    expect(await ask()).toBe('answer 3');
  });

  test('is not cancelled in the background by who found it stale', async () => {
    const { clock, attempts, policies, work, ask } = workshop({ staleWhileRevalidateMs: 50 });
    await ask();
    await clock.advance(100);
    const controller = new AbortController();
    const { signal } = controller;
    expect(await policies.run(work, { key: 'berlin', signal, deadlineMs: 111 })).toBe('answer 1');
    controller.abort();
    await clock.advance(10);
    expect(attempts[1]?.signal.aborted).toBe(false);
    expect(await ask()).toBe('answer 2');
  });

  test('is renewed in the background also when one who joined that late leaves again', async () => {
    const { clock, attempts, policies, work, ask } = workshop({ staleWhileRevalidateMs: 50 });
    await ask();
    await clock.advance(149);
    expect(await ask()).toBe('answer 1');
    await clock.advance(1);
    const controller = new AbortController();
    const run = caught(policies.run(work, { key: 'berlin', signal: controller.signal }));
    controller.abort('gone');
    expect(await run).toBe('gone');
    expect(attempts[1]?.signal.aborted).toBe(false);
    await clock.advance(10);
    expect(await ask()).toBe('answer 2');
  });

  test('that could not be renewed in the background is told by a signal, and nothing is unhandled', async () => {
    const { clock, ask, failing, signals, attempts } = workshop({ staleWhileRevalidateMs: 50 });
    const unheard: unknown[] = [];
    const onUnhandled = (error: unknown) => unheard.push(error);
    process.on('unhandledRejection', onUnhandled);
    const heard: unknown[] = [];
    signals.on(revalidationFailed, ({ source, data }) => heard.push({ source, data }));
    await ask();
    await clock.advance(100);
    failing.error = new Error('down');
    expect(await ask()).toBe('answer 1');
    await clock.advance(10);
    expect(heard).toEqual([
      { source: 'forecast', data: { cache: 'weather', key: 'berlin', error: failing.error } },
    ]);
    expect(await ask()).toBe('answer 1');
    expect(attempts).toHaveLength(3);
    await clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onUnhandled);
    expect(unheard).toEqual([]);
  });

  test('is marked for the caller when it wants that', async () => {
    const clock = new SimulatedClock();
    const cache = staleCache({
      name: 'weather',
      freshMs: 100,
      staleIfErrorMs: 100,
      asStale: (text: string, { ageMs, reason }) => ({ text, ageMs, reason }),
    });
    const policies = pipeline({ clock }, cache);
    expect(await policies.run(() => 'sunny', { key: 'berlin' })).toBe('sunny');
    await clock.advance(150);
    const answer = await policies.run(() => Promise.reject<string>(new Error('down')), { key: 'berlin' });
    expect(answer).toEqual({ text: 'sunny', ageMs: 150, reason: 'error' });
    expectTypeOf(answer).toEqualTypeOf<
      string | { text: string; ageMs: number; reason: 'revalidating' | 'error' }
    >();
  });

  test('is told by a signal, with its age and why', async () => {
    const { clock, signals, failing, ask } = workshop({ staleWhileRevalidateMs: 50, staleIfErrorMs: 200 });
    const heard: unknown[] = [];
    signals.on(staleServed, ({ data }) => heard.push(data));
    await ask();
    failing.error = new Error('down');
    await clock.advance(120);
    await ask();
    await clock.advance(70);
    await ask();
    const facts = { cache: 'weather', key: 'berlin' };
    expect(heard).toEqual([
      { ...facts, ageMs: 120, reason: 'revalidating' },
      { ...facts, ageMs: 200, reason: 'error', error: failing.error },
    ]);
  });

  test('does not stand in after output was delivered', async () => {
    const { clock, policies, ask } = workshop({ staleIfErrorMs: 100 });
    await ask();
    await clock.advance(150);
    const broken = new Error('broke off');
    const work = (attempt: Attempt) => {
      attempt.progress('output');
      throw broken;
    };
    expect(await caught(policies.run(work, { key: 'berlin' }))).toBe(broken);
  });

  test('does not stand in for a run that was cancelled, whoever says so', async () => {
    const { clock, policies, work, ask } = workshop({ staleIfErrorMs: 100 });
    await ask();
    await clock.advance(120);
    const controller = new AbortController();
    const run = caught(policies.run(work, { key: 'berlin', signal: controller.signal }));
    controller.abort('hung up');
    expect(await clock.run(run)).toBe('hung up');
    const aborted = new DOMException('aborted', 'AbortError');
    expect(await caught(policies.run(() => Promise.reject(aborted), { key: 'berlin' }))).toBe(aborted);
  });

  test('is found only after the retries inside, and ends those outside', async () => {
    const clock = new SimulatedClock();
    const cache = staleCache({ name: 'weather', freshMs: 100, staleIfErrorMs: 1000 });
    const again = retry({ maxAttempts: 2, backoff: () => 0 });
    let calls = 0;
    const down = () => {
      calls++;
      throw new Error('down');
    };
    const fill = pipeline({ clock }, cache);
    await fill.run(() => 'kept', { key: 'a' });
    await clock.advance(150);
    expect(await pipeline({ clock }, cache, again).run(down, { key: 'a' })).toBe('kept');
    expect(calls).toBe(2);
    expect(await pipeline({ clock }, again, cache).run(down, { key: 'a' })).toBe('kept');
    expect(calls).toBe(3);
  });
});

describe('a function that throws', () => {
  const broken = new Error('broken');
  const throws = () => {
    throw broken;
  };

  test('for the key fails the call', async () => {
    const { ask } = workshop({ key: throws });
    expect(await caught(ask())).toBe(broken);
  });

  test('for whether an answer is good fails the call, and keeps nothing', async () => {
    const { ask, cache } = workshop({ isGood: throws });
    expect(await caught(ask())).toBe(broken);
    expect(cache.size).toBe(0);
  });

  test('for the mark fails the call that wanted it', async () => {
    const { clock, ask } = workshop({ asStale: throws, staleWhileRevalidateMs: 100 });
    await ask();
    await clock.advance(150);
    expect(await caught(ask())).toBe(broken);
    await clock.advance(10);
    expect(await ask()).toBe('answer 2');
  });
});

test.each([
  [{ freshMs: -1 }, 'freshMs of the stale-cache weather must be a number of 0 or more; got -1'],
  [{ staleIfErrorMs: '1' }, 'staleIfErrorMs of the stale-cache weather must be a number of 0 or more; got 1'],
  [{ staleWhileRevalidateMs: Number.NaN }, 'must be a number of 0 or more; got NaN'],
  [{ maxEntries: 0 }, 'maxEntries of the stale-cache weather must be a whole number of 1 or more; got 0'],
  [{ key: 'a' }, 'key of a stale-cache weather must be a function; got string'],
])('options that are out of range are refused: %j', (options, text) => {
  expect(() => staleCache({ name: 'weather', freshMs: 100, ...options } as never)).toThrow(text);
});

test('whatever is asked when, no answer is older than allowed, no key is fetched twice at once, and no more is kept', async () => {
  const step = fc.record({
    afterMs: fc.integer({ min: 0, max: 120 }),
    key: fc.constantFrom('a', 'b', 'c'),
    takesMs: fc.integer({ min: 0, max: 60 }),
    fails: fc.boolean(),
    abortAfterMs: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const clock = new SimulatedClock();
      const cache = staleCache({
        name: 'weather',
        freshMs: 50,
        staleWhileRevalidateMs: 30,
        staleIfErrorMs: 100,
        maxEntries: 2,
      });
      const policies = pipeline({ clock }, cache);
      const fetching = new Map<string, Set<AbortSignal>>();
      const runs: Promise<unknown>[] = [];
      for (const { afterMs, key, takesMs, fails, abortAfterMs } of steps) {
        await clock.advance(afterMs);
        const controller = new AbortController();
        if (abortAfterMs !== undefined) clock.schedule(abortAfterMs, () => controller.abort('left'));
        const work = async ({ signal }: Attempt) => {
          const others = fetching.get(key) ?? new Set();
          fetching.set(key, others);
          for (const other of others) expect(other.aborted).toBe(true);
          others.add(signal);
          await clock.sleep(takesMs);
          others.delete(signal);
          if (fails) throw 'down';
          return { key, atMs: clock.monotonicMs() };
        };
        const check = ({ key: answered, atMs }: { readonly key: string; readonly atMs: number }) => {
          expect(answered).toBe(key);
          expect(clock.monotonicMs() - atMs).toBeLessThan(150);
          expect(cache.size).toBeLessThanOrEqual(2);
        };
        const run = policies.run(work, { key, signal: controller.signal });
        runs.push(run.then(check, (error: unknown) => expect(error).toBeOneOf(['down', 'left'])));
      }
      await clock.run(Promise.all(runs));
    }),
    { numRuns: 200 },
  );
});
