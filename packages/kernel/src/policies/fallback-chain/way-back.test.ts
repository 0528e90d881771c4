import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { workshop } from './workshop.fixture.ts';

describe('the way back', () => {
  test('begins after retryPreferredAfterMs and ends after stableAfter good answers in a row', async () => {
    const { clock, chain, down, calls, heard } = workshop(['a', 'b'], { stableAfter: 3 });
    down.add('a');
    await chain.run('hello');
    down.delete('a');
    await clock.advance(29_999);
    expect(await chain.run('hello')).toBe('b');
    await clock.advance(1);
    calls.length = 0;
    expect(await chain.run('hello')).toBe('a');
    expect(await chain.run('hello')).toBe('a');
    expect(chain.source).toBe('b');
    expect(await chain.run('hello')).toBe('a');
    expect(chain.source).toBe('a');
    expect(calls).toEqual(['a', 'a', 'a']);
    expect(heard).toEqual(['a → b: error', 'b → a: stable']);
  });

  test('begins anew when the preferred source fails on trial; the call that tried it is served all the same', async () => {
    const { clock, chain, down, calls } = workshop(['a', 'b'], {
      stableAfter: 2,
      retryPreferredAfterMs: 100,
    });
    down.add('a');
    await chain.run('hello');
    down.delete('a');
    await clock.advance(100);
    expect(await chain.run('hello')).toBe('a');
    down.add('a');
    expect(await chain.run('hello')).toBe('b');
    down.delete('a');
    await clock.advance(99);
    calls.length = 0;
    expect(await chain.run('hello')).toBe('b');
    await clock.advance(1);
    expect(await chain.run('hello')).toBe('a');
    expect(chain.source).toBe('b');
    expect(await chain.run('hello')).toBe('a');
    expect(chain.source).toBe('a');
    expect(calls).toEqual(['b', 'a', 'a']);
  });

  test('does not flap: a source that fails every second time never serves again', async () => {
    let call = 0;
    const flaky = () => {
      if (call++ % 2 === 0) throw new Error('flaky');
      return 'a';
    };
    const { clock, chain, heard } = workshop(
      ['a', 'b'],
      { stableAfter: 2, retryPreferredAfterMs: 100 },
      { a: { run: flaky } },
    );
    for (let n = 0; n < 100; n++) {
      await chain.run('hello');
      await clock.advance(50);
    }
    expect(chain.source).toBe('b');
    expect(heard).not.toContain('b → a: stable');
  });

  test('puts one call at a time at risk', async () => {
    const { clock, chain, down, calls } = workshop(['a', 'b'], { retryPreferredAfterMs: 0 });
    down.add('a');
    await chain.run('hello');
    calls.length = 0;
    const answers = await clock.run(Promise.all([chain.run('1'), chain.run('2'), chain.run('3')]));
    expect(answers).toEqual(['b', 'b', 'b']);
    expect(calls.filter((name) => name === 'a')).toHaveLength(1);
  });

  test('leads by the better of two to the best, and one that stays down keeps no other from its trial', async () => {
    const { clock, chain, down } = workshop(['a', 'b', 'c'], { retryPreferredAfterMs: 100, stableAfter: 2 });
    down.add('a').add('b');
    await chain.run('hello');
    expect(chain.source).toBe('c');
    down.delete('b');
    for (let n = 0; n < 3; n++) {
      await clock.advance(100);
      await chain.run('hello');
    }
    expect(chain.source).toBe('b');
    down.delete('a');
    await clock.advance(100);
    await chain.run('hello');
    await chain.run('hello');
    expect(chain.source).toBe('a');
  });

  test('is not disturbed by a call that began before the chain changed', async () => {
    const { clock, chain, down } = workshop(
      ['a', 'b'],
      { retryPreferredAfterMs: 0, stableAfter: 1 },
      {
        a: {
          run: async (input) => {
            if (input === 'slow') await clock.sleep(100);
            if (input === 'slow' || down.has('a')) throw new Error('down');
            return 'a';
          },
        },
      },
    );
    const slow = chain.run('slow');
    down.add('a');
    await chain.run('quick');
    down.delete('a');
    expect(await chain.run('quick')).toBe('a');
    expect(chain.source).toBe('a');
    expect(await clock.run(slow)).toBe('b');
    expect(chain.source).toBe('a');
  });
});

test('whatever fails when, a call is served if any source can, by each source at most once, and settles on the best that stays up', async () => {
  const step = fc.record({
    down: fc.subarray(['a', 'b', 'c', 'd']),
    afterMs: fc.integer({ min: 0, max: 200 }),
    together: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const names = ['a', 'b', 'c', 'd'];
      const { clock, chain, down, calls } = workshop(names, { retryPreferredAfterMs: 100, stableAfter: 2 });
      let last: readonly string[] = [];
      for (const { down: failing, afterMs, together } of steps) {
        await clock.advance(afterMs);
        down.clear();
        for (const name of failing) down.add(name);
        last = failing;
        calls.length = 0;
        const runs = Array.from({ length: together }, () => chain.run('hello').catch(() => 'all failed'));
        for (const answer of await Promise.all(runs)) {
          if (failing.length === names.length) expect(answer).toBe('all failed');
          else expect(failing).not.toContain(answer);
        }
        for (const name of names) {
          expect(calls.filter((called) => called === name).length).toBeLessThanOrEqual(together);
        }
      }
      const best = names.find((name) => !last.includes(name));
      if (best === undefined) return;
      for (let n = 0; n < 20; n++) {
        await clock.advance(100);
        await chain.run('hello');
      }
      expect(chain.source).toBe(best);
    }),
    { numRuns: 200 },
  );
});
