import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { keyLock, type Release } from '../index.ts';
import { caught } from './caught.fixture.ts';

describe('several keys at once', () => {
  test('are acquired in one order, whatever order is asked for, each once', async () => {
    const lock = keyLock();
    const first = await lock.acquireAll(['b', 'a', 'b']);
    expect(lock.size).toBe(2);
    const second = lock.acquireAll(['a', 'b']);
    const third = lock.acquireAll(['b', 'a']);
    first();
    (await second)();
    (await third)();
    expect(lock.size).toBe(0);
  });

  test('that are given up in the middle leave nothing held', async () => {
    const lock = keyLock();
    const controller = new AbortController();
    const release = await lock.acquire('b');
    const waiting = lock.acquireAll(['c', 'b', 'a'], { signal: controller.signal });
    await Promise.resolve();
    expect(lock.size).toBe(2);
    controller.abort('changed my mind');
    expect(await caught(waiting)).toBe('changed my mind');
    expect(lock.size).toBe(1);
    release();
    expect(lock.size).toBe(0);
  });

  test('S4-23 to S4-27: sessions are changed one at a time, listed under the registry lock, and leave no lock behind', async () => {
    const clock = new SimulatedClock();
    const lock = keyLock();
    const sessions = new Map<string, number>();
    const changing = (id: string, change: () => void) =>
      lock.acquireAll(['registry', `session:${id}`]).then(async (release) => {
        await clock.sleep(5);
        change();
        release();
      });
    const count = (id: string) =>
      lock.run(`session:${id}`, async () => {
        const before = sessions.get(id) ?? 0;
        await clock.sleep(3);
        sessions.set(id, before + 1);
      });
    await clock.run(changing('a', () => sessions.set('a', 0)));
    const counting = Promise.all(Array.from({ length: 10 }, () => count('a')));
    await clock.run(counting);
    expect(sessions.get('a')).toBe(10);
    const deleting = changing('a', () => sessions.delete('a'));
    const listed = lock.run('registry', () => [...sessions.keys()]);
    await clock.run(deleting);
    expect(await listed).toEqual([]);
    expect(lock.size).toBe(0);
  });
});

describe('whatever happens', () => {
  interface Step {
    readonly keys: readonly string[];
    readonly atMs: number;
    readonly holdsMs: number;
    readonly abortAfterMs: number | undefined;
    readonly throws: boolean;
  }
  const step: fc.Arbitrary<Step> = fc.record({
    keys: fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 4 }),
    atMs: fc.integer({ min: 0, max: 50 }),
    holdsMs: fc.integer({ min: 0, max: 20 }),
    abortAfterMs: fc.option(fc.integer({ min: 0, max: 60 }), { nil: undefined, freq: 2 }),
    throws: fc.boolean(),
  });

  test('a lock is never held twice, random acquireAll never deadlock, and no key is left', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
        const clock = new SimulatedClock();
        const lock = keyLock();
        const held = new Set<string>();
        const doStep = async ({ keys, atMs, holdsMs, abortAfterMs, throws }: Step) => {
          await clock.sleep(atMs);
          const controller = new AbortController();
          if (abortAfterMs !== undefined) clock.schedule(abortAfterMs, () => controller.abort());
          const release = await lock.acquireAll(keys, { signal: controller.signal });
          try {
            for (const key of new Set(keys)) {
              expect(held.has(key)).toBe(false);
              held.add(key);
            }
            await clock.sleep(holdsMs);
            for (const key of keys) held.delete(key);
            if (throws) throw new Error('broken');
          } finally {
            release();
            release();
          }
        };
        await clock.run(Promise.allSettled(steps.map(doStep)), 10_000).then((results) => {
          for (const result of results) {
            if (result.status === 'rejected') expect(String(result.reason)).toMatch(/broken|aborted/);
          }
        });
        expect(held.size).toBe(0);
        expect(lock.size).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('who waits for one key is served in order, without those who leave', async () => {
    const plan = fc.array(fc.record({ leaves: fc.boolean(), priority: fc.integer({ min: 0, max: 2 }) }), {
      maxLength: 20,
    });
    await fc.assert(
      fc.asyncProperty(plan, async (waiters) => {
        const lock = keyLock();
        const release: Release = await lock.acquire('a');
        const served: number[] = [];
        const running = waiters.map(({ leaves, priority }, index) => {
          const controller = new AbortController();
          const run = lock.run('a', () => served.push(index), { signal: controller.signal, priority });
          return { run: caught(run), leave: () => leaves && controller.abort() };
        });
        for (const { leave } of running) leave();
        release();
        await Promise.all(running.map(({ run }) => run));
        const expected = waiters
          .map(({ leaves, priority }, index) => ({ leaves, priority, index }))
          .filter(({ leaves }) => !leaves)
          .sort((one, other) => other.priority - one.priority || one.index - other.index);
        expect(served).toEqual(expected.map(({ index }) => index));
        expect(lock.size).toBe(0);
      }),
    );
  });
});
