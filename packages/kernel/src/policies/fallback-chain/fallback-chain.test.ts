import { describe, expect, test } from 'vitest';
import { createOperation } from '../../faults/index.ts';
import { SimulatedClock, seededRandom } from '../../time/index.ts';
import { type Attempt, breaker, fallbackChain, fallbackChainFaults, retry, timeout } from '../index.ts';
import { caught, workshop } from './workshop.fixture.ts';

describe('a fallback chain', () => {
  test('asks the preferred source while that serves', async () => {
    const { chain, calls } = workshop(['a', 'b']);
    expect(await chain.run('hello')).toBe('a');
    expect(chain.source).toBe('a');
    expect(calls).toEqual(['a']);
  });

  test('goes on in order, and tells each step and why', async () => {
    const { chain, down, calls, heard } = workshop(['a', 'b', 'c']);
    down.add('a').add('b');
    expect(await chain.run('hello')).toBe('c');
    expect(calls).toEqual(['a', 'b', 'c']);
    expect(heard).toEqual(['a → b: error', 'b → c: error']);
  });

  test('remembers the source that serves', async () => {
    const { chain, down, calls } = workshop(['a', 'b']);
    down.add('a');
    await chain.run('hello');
    expect(chain.source).toBe('b');
    calls.length = 0;
    expect(await chain.run('hello')).toBe('b');
    expect(calls).toEqual(['b']);
  });

  test('asks those before at last when the one that serves and all after it fail', async () => {
    const { chain, down, calls } = workshop(['a', 'b', 'c']);
    down.add('a');
    await chain.run('hello');
    down.add('b').add('c').delete('a');
    calls.length = 0;
    expect(await chain.run('hello')).toBe('a');
    expect(calls).toEqual(['b', 'c', 'a']);
    expect(chain.source).toBe('a');
  });

  test('fails with what all sources failed of, in order', async () => {
    const { chain, down, heard } = workshop(['a', 'b']);
    down.add('a').add('b');
    const operation = createOperation('speak', seededRandom(1));
    const error = await caught(chain.run('hello', { operation }));
    expect(error).toSatisfy(fallbackChainFaults.ALL_SOURCES_FAILED.matches);
    expect(error).toMatchObject({
      operationId: operation.id,
      context: {
        chain: 'tts',
        causes: ['a: a is down', 'b: b is down'],
      },
      message: 'tts: all sources failed: a: a is down, b: b is down',
    });
    const { cause } = error as Error;
    expect(cause).toBeInstanceOf(AggregateError);
    expect((cause as AggregateError).errors.map(String)).toEqual(['Error: a is down', 'Error: b is down']);
    expect(heard).toEqual(['a → b: error', 'b → null: error']);
    expect(chain.source).toBe('a');
  });

  test('gives each source policies of its own, which see what is not good as a failure', async () => {
    const clock = new SimulatedClock();
    let calls = 0;
    const guard = breaker<string>({ name: 'a', consecutive: 2, clock });
    const chain = fallbackChain<string, string>({
      name: 'stt',
      clock,
      isGood: (transcript) => transcript !== '',
      sources: [
        {
          name: 'a',
          policies: [retry({ maxAttempts: 2, backoff: () => 5 }), guard],
          run: () => {
            calls++;
            return '';
          },
        },
        { name: 'b', policies: [timeout(100)], run: () => 'hello' },
      ],
    });
    expect(await clock.run(chain.run('audio'))).toBe('hello');
    expect(calls).toBe(2);
    await clock.advance(30_000);
    expect(await clock.run(chain.run('audio'))).toBe('hello');
  });

  test('makes all its sources part of one operation', async () => {
    const operations: string[] = [];
    const run = (_input: string, { operation }: Attempt) => {
      operations.push(operation.id);
      throw new Error('down');
    };
    const { chain } = workshop(['a', 'b'], {}, { a: { run }, b: { run } });
    const error = await caught(chain.run('hello'));
    expect(operations[0]).toBe(operations[1]);
    expect(error).toMatchObject({ operationId: operations[0] });
  });
});

test.each([
  [{ sources: [] }, 'different sources of the chain tts must be a number of 1 or more; got 0'],
  [
    { sources: [{ name: 'a' }, { name: 'a' }] },
    'different sources of the chain tts must be a number of 2 or more; got 1',
  ],
  [{ stableAfter: 0 }, 'stableAfter of the chain tts must be a whole number of 1 or more; got 0'],
  [
    { retryPreferredAfterMs: -1 },
    'retryPreferredAfterMs of the chain tts must be a number of 0 or more; got -1',
  ],
  [{ isGood: 1 }, 'isGood of the chain tts must be a function; got 1'],
  [{ sources: [{ name: 'a' }] }, 'run of the source a must be a function; got null'],
])('options that are out of range are refused: %j', (options, text) => {
  const sources = [{ name: 'a', run: () => 'a' }];
  expect(() => fallbackChain({ name: 'tts', sources, ...options } as never)).toThrow(text);
});
