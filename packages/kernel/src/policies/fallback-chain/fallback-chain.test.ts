import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOperation, defineFaults, Fault, fault, severity } from '../../faults/index.ts';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock, seededRandom } from '../../time/index.ts';
import {
  type Attempt,
  breaker,
  type ChainSource,
  chainStepped,
  type FallbackChainOptions,
  fallbackChain,
  policyFaults,
  retry,
  timeout,
} from '../index.ts';

const caught = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** A chain of sources that answer their name, or fail while they are down. */
function workshop(
  names: readonly string[],
  options: Partial<FallbackChainOptions<string, string>> = {},
  extra: Readonly<Record<string, Partial<ChainSource<string, string>>>> = {},
) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const down = new Set<string>();
  const calls: string[] = [];
  const chain = fallbackChain<string, string>({
    name: 'tts',
    clock,
    signals,
    random: seededRandom('chain'),
    sources: names.map((name) => ({
      name,
      run: async () => {
        calls.push(name);
        if (down.has(name)) throw new Error(`${name} is down`);
        return name;
      },
      ...extra[name],
    })),
    ...options,
  });
  const heard: unknown[] = [];
  signals.on(chainStepped, ({ data: { from, to, reason } }) => heard.push(`${from} → ${to}: ${reason}`));
  return { clock, signals, down, calls, chain, heard };
}

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
    expect(error).toSatisfy(policyFaults.ALL_SOURCES_FAILED.matches);
    expect(error).toMatchObject({
      operationId: operation.id,
      context: {
        chain: 'tts',
        causes: [
          { source: 'a', error: 'a is down' },
          { source: 'b', error: 'b is down' },
        ],
      },
      message: 'tts: all sources failed: a (a is down), b (b is down)',
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

describe('success is judged on output', () => {
  const audio = (samples: number) => new Float32Array(samples);
  interface Turn {
    readonly text: string;
  }
  const tts = (cloudSamples: number) =>
    fallbackChain<Turn, Float32Array>({
      name: 'tts',
      isGood: (output, { text }) => output.length > 0 || text === '',
      sources: [
        { name: 'cloud', run: () => audio(cloudSamples) },
        { name: 'local', run: ({ text }) => audio(text.length) },
      ],
    });

  test('pipecat#5026: zero audio is a failure', async () => {
    const chain = tts(0);
    expect(await chain.run({ text: 'hello' })).toHaveLength(5);
    expect(chain.source).toBe('local');
  });

  test('agents-js#1454: a turn of tools only, which has nothing to say, fails no source', async () => {
    const chain = tts(0);
    expect(await chain.run({ text: '' })).toHaveLength(0);
    expect(chain.source).toBe('cloud');
  });

  test('an empty transcript goes on to the next source, which is told as such', async () => {
    const { chain, heard } = workshop(
      ['a', 'b'],
      { isGood: (text) => text !== '' },
      { a: { run: () => '' } },
    );
    expect(await chain.run('audio')).toBe('b');
    expect(heard).toEqual(['a → b: output']);
  });

  test('a judge that throws fails the source', async () => {
    const isGood = (output: string) => {
      if (output === 'a') throw new Error('cannot tell');
      return true;
    };
    const { chain, heard } = workshop(['a', 'b'], { isGood });
    expect(await chain.run('hello')).toBe('b');
    expect(heard).toEqual(['a → b: error']);
  });

  test('when nothing is good all causes say so', async () => {
    const { chain } = workshop(['a', 'b'], { isGood: () => false });
    expect(await caught(chain.run('hello'))).toMatchObject({
      context: { causes: [{ source: 'a', error: 'tts: the output of a is not good' }, { source: 'b' }] },
    });
  });
});

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

  test('with a probe puts no call at risk, and asks while calls come only', async () => {
    const { clock, chain, down, calls, heard } = workshop(
      ['a', 'b'],
      { retryPreferredAfterMs: 100, stableAfter: 2 },
      {
        a: {
          probe: () => {
            calls.push('probe');
            return !down.has('a');
          },
        },
      },
    );
    down.add('a');
    await chain.run('hello');
    calls.length = 0;
    await clock.advance(100);
    expect(calls).toEqual([]);
    expect(await chain.run('hello')).toBe('b');
    await clock.advance(0);
    expect(calls).toEqual(['probe', 'b']);
    down.delete('a');
    await clock.advance(100);
    for (let n = 0; n < 2; n++) {
      expect(await chain.run('hello')).toBe('b');
      await clock.advance(0);
    }
    expect(chain.source).toBe('a');
    expect(heard).toEqual(['a → b: error', 'b → a: stable']);
  });

  test('is asked about by one probe at a time, and a probe that throws is no and nothing else', async () => {
    const unheard: unknown[] = [];
    const onUnhandled = (error: unknown) => unheard.push(error);
    process.on('unhandledRejection', onUnhandled);
    let probes = 0;
    const probe = async () => {
      probes++;
      await clock.sleep(10);
      throw new Error('still down');
    };
    const { clock, chain, down } = workshop(['a', 'b'], { retryPreferredAfterMs: 100 }, { a: { probe } });
    down.add('a');
    await chain.run('hello');
    await clock.advance(100);
    await chain.run('hello');
    await chain.run('hello');
    expect(probes).toBe(1);
    await clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onUnhandled);
    expect(unheard).toEqual([]);
    expect(chain.source).toBe('b');
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

test('agents-js#2399: an unrecoverable error of a child kills nothing while the fallback proceeds', async () => {
  const faults = defineFaults('voice', {
    MODEL_GONE: fault({
      category: 'llm',
      severity: severity.CRITICAL,
      recovery: 'escalate',
      message: 'the model is gone',
    }),
  });
  const unheard: unknown[] = [];
  const onUnhandled = (error: unknown) => unheard.push(error);
  process.on('unhandledRejection', onUnhandled);
  const { clock, chain, heard } = workshop(
    ['a', 'b'],
    {},
    {
      a: {
        policies: [timeout(50)],
        run: async () => {
          await clock.sleep(80);
          throw faults.MODEL_GONE({});
        },
      },
      b: { run: () => clock.sleep(100).then(() => 'b') },
    },
  );
  expect(await clock.run(chain.run('hello'))).toBe('b');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onUnhandled);
  expect(unheard).toEqual([]);
  expect(heard).toEqual(['a → b: error']);
  expect(await clock.run(chain.run('again'))).toBe('b');
});

test('S3-21 to S3-23: enhance_with_fallback goes from high quality to basic, logs each step, and fails as one error', async () => {
  const enhanceFaults = defineFaults('enhance', {
    AUDIO_PROCESSING_ERROR: fault({
      category: 'processing',
      severity: severity.ERROR,
      recovery: 'none',
      message: 'All enhancement strategies failed',
    }),
  });
  const broken = new Set(['high_quality', 'medium_quality']);
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const degradations: string[] = [];
  signals.on(chainStepped, ({ data }) => degradations.push(`${data.from}: ${(data.error as Error).message}`));
  const strategies = fallbackChain<Float32Array, Float32Array>({
    name: 'enhance',
    clock,
    signals,
    isGood: (enhanced, audio) => enhanced.length === audio.length,
    sources: ['high_quality', 'medium_quality', 'basic'].map((name) => ({
      name,
      run: (audio) => {
        if (broken.has(name)) throw new Error(`no memory for ${name}`);
        return audio.map((sample) => sample / 2);
      },
    })),
  });
  const enhance = (audio: Float32Array) =>
    strategies.run(audio).catch((cause: unknown) => {
      throw enhanceFaults.AUDIO_PROCESSING_ERROR({}, { cause });
    });
  expect(await enhance(Float32Array.of(1, 1))).toEqual(Float32Array.of(0.5, 0.5));
  expect(strategies.source).toBe('basic');
  expect(degradations).toEqual([
    'high_quality: no memory for high_quality',
    'medium_quality: no memory for medium_quality',
  ]);
  broken.add('basic');
  const error = await caught(enhance(Float32Array.of(1)));
  expect(error).toMatchObject({ code: 'AUDIO_PROCESSING_ERROR', cause: { code: 'ALL_SOURCES_FAILED' } });
  expect(error).toBeInstanceOf(Fault);
});

test.each([
  [{ sources: [] }, 'the chain tts must have sources with names of their own; got []'],
  [
    { sources: [{ name: 'a' }, { name: 'a' }] },
    'the chain tts must have sources with names of their own; got [a,a]',
  ],
  [{ stableAfter: 0 }, 'stableAfter of the chain tts must be a whole number of 1 or more; got 0'],
  [
    { retryPreferredAfterMs: -1 },
    'retryPreferredAfterMs of the chain tts must be a number of 0 or more; got -1',
  ],
  [{ isGood: 1 }, 'isGood of a chain tts must be a function; got number'],
  [{ sources: [{ name: 'a' }] }, 'run of a source a must be a function; got object'],
])('options that are out of range are refused: %j', (options, text) => {
  const sources = [{ name: 'a', run: () => 'a' }];
  expect(() => fallbackChain({ name: 'tts', sources, ...options } as never)).toThrow(text);
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
