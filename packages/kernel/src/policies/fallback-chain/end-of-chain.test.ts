import { describe, expect, test } from 'vitest';
import type { Attempt } from '../index.ts';
import { caught, workshop } from './workshop.fixture.ts';

describe('a run that is cancelled', () => {
  test('ends the chain, with the caller’s reason, and is no failure of the source', async () => {
    const controller = new AbortController();
    const { clock, chain, calls } = workshop(
      ['a', 'b'],
      {},
      { a: { run: (_input, { signal }) => clock.sleep(100, { signal }).then(() => 'a') } },
    );
    const run = caught(chain.run('hello', { signal: controller.signal }));
    await clock.advance(10);
    controller.abort('barge-in');
    expect(await run).toBe('barge-in');
    expect(calls).toEqual([]);
    expect(chain.source).toBe('a');
  });

  test('does not begin with an aborted signal', async () => {
    const { chain, calls } = workshop(['a', 'b']);
    expect(await caught(chain.run('hello', { signal: AbortSignal.abort('gone') }))).toBe('gone');
    expect(calls).toEqual([]);
  });

  test('by somebody further in ends the chain as well', async () => {
    const aborted = new DOMException('aborted', 'AbortError');
    const { chain, calls } = workshop(['a', 'b'], {}, { a: { run: () => Promise.reject(aborted) } });
    expect(await caught(chain.run('hello'))).toBe(aborted);
    expect(calls).toEqual([]);
  });

  test('by somebody further in neither counts for the source on trial nor against it', async () => {
    let error: unknown = new Error('down');
    const run = () => {
      if (error !== undefined) throw error;
      return 'a';
    };
    const options = { retryPreferredAfterMs: 0, stableAfter: 2 };
    const { chain } = workshop(['a', 'b'], options, { a: { run } });
    await chain.run('hello');
    error = undefined;
    await chain.run('hello');
    error = new DOMException('aborted', 'AbortError');
    expect(await caught(chain.run('hello'))).toBe(error);
    expect(chain.source).toBe('b');
    error = undefined;
    await chain.run('hello');
    expect(chain.source).toBe('a');
  });

  test('on trial says nothing about the preferred source, which the next call tries', async () => {
    const { clock, chain, down } = workshop(['a', 'b'], { retryPreferredAfterMs: 0, stableAfter: 1 });
    down.add('a');
    await chain.run('hello');
    down.delete('a');
    const controller = new AbortController();
    const run = caught(chain.run('hello', { signal: controller.signal }));
    controller.abort('gone');
    await clock.run(run);
    expect(await chain.run('hello')).toBe('a');
  });
});

describe('output that was delivered', () => {
  const breaksOff = (_input: string, attempt: Attempt) => {
    attempt.progress('output');
    throw new Error('broke off');
  };

  test('is not followed by another source: nobody wants to hear the beginning twice', async () => {
    const progress: string[] = [];
    const { chain, calls, heard } = workshop(['a', 'b'], {}, { a: { run: breaksOff } });
    const run = chain.run('hello', { onProgress: (heardOf) => progress.push(heardOf) });
    await expect(run).rejects.toThrow('broke off');
    expect(calls).toEqual([]);
    expect(heard).toEqual([]);
    expect(progress).toEqual(['output']);
  });

  test('counts against a source on trial', async () => {
    let delivers = true;
    const run = (input: string, attempt: Attempt) => {
      if (down.has('a')) throw new Error('down');
      return delivers ? breaksOff(input, attempt) : 'a';
    };
    const options = { retryPreferredAfterMs: 0, stableAfter: 2 };
    const { clock, chain, down } = workshop(['a', 'b'], options, { a: { run } });
    down.add('a');
    await chain.run('hello');
    down.delete('a');
    delivers = false;
    expect(await chain.run('hello')).toBe('a');
    delivers = true;
    await expect(clock.run(chain.run('hello'))).rejects.toThrow('broke off');
    delivers = false;
    expect(await chain.run('hello')).toBe('a');
    expect(chain.source).toBe('b');
    expect(await chain.run('hello')).toBe('a');
    expect(chain.source).toBe('a');
  });
});
