import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { type Attempt, pipeline, staleCache } from '../index.ts';

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
