import { describe, expect, test } from 'vitest';
import { defineFaults, Fault, fault, severity } from '../../faults/index.ts';
import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { chainStepped, fallbackChain } from '../index.ts';
import { caught, workshop } from './workshop.fixture.ts';

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
    const { chain, signals } = workshop(
      ['a', 'b'],
      { isGood: (text) => text !== '' },
      { a: { run: () => '' } },
    );
    const steps: unknown[] = [];
    signals.on(chainStepped, ({ data }) => steps.push(data));
    expect(await chain.run('audio')).toBe('b');
    expect(steps).toMatchObject([{ from: 'a', to: 'b', error: { code: 'OUTPUT_REJECTED' } }]);
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
      context: { causes: ['a: tts.a: no output of use', 'b: tts.b: no output of use'] },
    });
  });
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
