import { beforeAll, describe, expect, test } from 'vitest';
import { buildEngine } from '../../scripts/build-engine.ts';
import { createComposer, defaultParameters, type Phrase, simplify } from '../composition/index.ts';
import { type CpuEngine, createCpuEngine } from './cpu-engine.ts';

// Compiling takes half a minute on a busy machine; most times there is nothing to compile.
beforeAll(buildEngine, 120_000);

function phrases(count: number, intensity = 1): Phrase[] {
  const composer = createComposer({ seed: 12, parameters: { ...defaultParameters, intensity } });
  return Array.from({ length: count }, () => composer.next());
}

function renderWhole(engine: CpuEngine, phrase: Phrase): { left: Float32Array; right: Float32Array } {
  const frames = phrase.frames + phrase.tailFrames;
  const whole = { left: new Float32Array(frames), right: new Float32Array(frames) };
  let at = 0;
  for (const { left, right } of engine.render(phrase)) {
    whole.left.set(left, at);
    whole.right.set(right, at);
    at += left.length;
  }
  expect(at).toBe(frames);
  return whole;
}

describe('the CPU engine', () => {
  test('renders body and tail, finite, within ±1, and ends in exact silence', async () => {
    const engine = await createCpuEngine();
    for (const phrase of phrases(4)) {
      const { left, right } = renderWhole(engine, phrase);
      for (const samples of [left, right]) {
        expect(samples.every((sample) => Math.abs(sample) < 1)).toBe(true);
        expect(Math.abs(samples.at(-1) ?? 1)).toBe(0);
        expect(Math.max(...samples.slice(-100).map(Math.abs))).toBeLessThan(1e-5);
      }
    }
  });

  test('renders a phrase alike, bit for bit, whatever it rendered before and whoever renders it', async () => {
    const [first, second] = phrases(2) as [Phrase, Phrase];
    const one = await createCpuEngine();
    const expected = renderWhole(one, second);
    renderWhole(one, first);
    for (const block of one.render(first)) if (block.left.length > 0) break;
    expect(sameBits(renderWhole(one, second), expected)).toBe(true);
    expect(sameBits(renderWhole(await createCpuEngine(), structuredClone(second)), expected)).toBe(true);
    expect(sameBits(renderWhole(one, { ...second, seed: second.seed + 1 }), expected)).toBe(false);
  });

  test('sounds eight pad voices at full quality, and finds a voice for every note of a dense phrase', async () => {
    const engine = await createCpuEngine();
    for (const phrase of phrases(24)) {
      renderWhole(engine, phrase);
      expect(engine.peakVoices().pad).toBe(8);
      expect(engine.unheardEvents()).toBe(0);
    }
  });

  test('renders simplified phrases, and silence when nothing is played', async () => {
    const engine = await createCpuEngine();
    const [phrase] = phrases(1) as [Phrase];
    const { left } = renderWhole(engine, simplify(phrase));
    expect(left.some((sample) => Math.abs(sample) > 0.05)).toBe(true);
    const silence = renderWhole(engine, { ...phrase, chords: [], melody: [], percussion: [] });
    expect(silence.left.every((sample) => Math.abs(sample) < 1e-9)).toBe(true);
  });

  test('ends a phrase that another one interrupts: its iterator throws', async () => {
    const engine = await createCpuEngine();
    const [first, second] = phrases(2) as [Phrase, Phrase];
    const interrupted = engine.render(first)[Symbol.iterator]();
    interrupted.next();
    engine.render(second)[Symbol.iterator]().next();
    expect(() => interrupted.next()).toThrow(/another phrase/);
  });

  test('refuses a phrase with more events than it can keep, and plays the next', async () => {
    const engine = await createCpuEngine();
    const [phrase] = phrases(1) as [Phrase];
    const percussion = Array.from(
      { length: 600 },
      (_, i) => ({ startFrame: i, kind: 'wood', velocity: 1 }) as const,
    );
    expect(() => [...engine.render({ ...phrase, percussion })]).toThrow(/more events/);
    expect(renderWhole(engine, phrase).left.length).toBe(phrase.frames + phrase.tailFrames);
  });

  test('says what to do when it has not been built', async () => {
    await expect(createCpuEngine({ wasmPath: '/nowhere/engine.wasm' })).rejects.toMatchObject({
      code: 'ENGINE_NOT_BUILT',
      message: expect.stringContaining('npm run build'),
    });
  });
});

interface Stereo {
  readonly left: Float32Array;
  readonly right: Float32Array;
}

function sameBits(a: Stereo, b: Stereo): boolean {
  const bytes = ({ left, right }: Stereo) =>
    Buffer.concat([left, right].map(({ buffer }) => Buffer.from(buffer)));
  return bytes(a).equals(bytes(b));
}
