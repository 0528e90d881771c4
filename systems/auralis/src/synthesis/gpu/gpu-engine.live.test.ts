import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { buildEngine } from '../../../scripts/build-engine.ts';
import {
  createComposer,
  defaultParameters,
  type MusicParameters,
  type Phrase,
  simplify,
  testPhrase,
} from '../../composition/index.ts';
import { createCpuEngine } from '../cpu-engine.ts';
import type { AudioBlock } from '../engine.ts';
import { createGpuEngine, type GpuEngine, type GpuEngineOptions, softwareGpuEnvironment } from './index.ts';
import { interruptedGpu } from './interrupted-gpu.fixture.ts';

// On SwiftShader, which is a GPU in all but speed: its memory runs out and its device is lost as those of others are.

beforeAll(buildEngine, 120_000);
beforeAll(() => {
  Object.assign(process.env, softwareGpuEnvironment());
});

const opened: GpuEngine[] = [];
afterEach(() => {
  for (const engine of opened.splice(0)) engine.destroy();
});

async function softwareEngine(options: GpuEngineOptions = {}): Promise<GpuEngine> {
  const engine = await createGpuEngine({ allowSoftware: true, ...options });
  opened.push(engine);
  return engine;
}

function phrases(count: number, parameters: Partial<MusicParameters> = {}): Phrase[] {
  const composer = createComposer({ seed: 12, parameters: { ...defaultParameters, ...parameters } });
  return Array.from({ length: count }, () => composer.next());
}

async function wholeOf(blocks: Iterable<AudioBlock> | AsyncIterable<AudioBlock>): Promise<AudioBlock> {
  const parts: AudioBlock[] = [];
  for await (const { left, right } of blocks) parts.push({ left: left.slice(), right: right.slice() });
  const join = (channel: 'left' | 'right') => Float32Array.from(parts.flatMap((part) => [...part[channel]]));
  return { left: join('left'), right: join('right') };
}

function sameBits(a: AudioBlock | undefined, b: AudioBlock | undefined): boolean {
  const bytes = (audio: AudioBlock | undefined) =>
    [audio?.left, audio?.right].map((side) => Buffer.from(side?.slice().buffer ?? new ArrayBuffer()));
  return Buffer.concat(bytes(a)).equals(Buffer.concat(bytes(b)));
}

/** How much weaker than the sound its difference is, in dB. */
function differenceDb(expected: Float32Array, got: Float32Array): number {
  const power = (samples: Float32Array) => samples.reduce((sum, sample) => sum + sample * sample, 0);
  return 10 * Math.log10(power(got.map((sample, i) => sample - (expected[i] as number))) / power(expected));
}

describe('the sound of the GPU engine', () => {
  test.each<[string, Phrase[]]>([
    ['at full intensity', phrases(3, { intensity: 1 })],
    ['at rest', phrases(2, { intensity: 0 })],
    ['slowly', phrases(2, { tempoBpm: 40, key: 'F#', mode: 'lydian' })],
    ['fast', phrases(2, { tempoBpm: 140, intensity: 1 })],
    ['simplified', phrases(2, { intensity: 1 }).map(simplify)],
    ['of the test phrase', [testPhrase]],
  ])('is the sound of the CPU engine, %s', async (_, batch) => {
    const gpu = await softwareEngine();
    const cpu = await createCpuEngine();
    const got = await gpu.renderBatch(batch);
    for (const [i, phrase] of batch.entries()) {
      const expected = await wholeOf(cpu.render(phrase));
      expect(got[i]?.left.length).toBe(phrase.frames + phrase.tailFrames);
      for (const side of ['left', 'right'] as const) {
        expect(differenceDb(expected[side], got[i]?.[side] as Float32Array)).toBeLessThan(-80);
        expect(Math.abs(got[i]?.[side].at(-1) as number)).toBe(0);
      }
    }
  });

  test('leaves the same notes out where there are more than voices', async () => {
    const [phrase] = phrases(1) as [Phrase];
    const percussion = Array.from(
      { length: 300 },
      (_, i) => ({ startFrame: i * 400, kind: i % 3 === 0 ? 'brush' : 'wood', velocity: 0.6 }) as const,
    );
    const crowded = { ...phrase, percussion };
    const [got] = await (await softwareEngine()).renderBatch([crowded]);
    const cpu = await createCpuEngine();
    const expected = await wholeOf(cpu.render(crowded));
    expect(cpu.unheardEvents()).toBeGreaterThan(50);
    expect(differenceDb(expected.left, got?.left as Float32Array)).toBeLessThan(-80);
  });

  test('is the same bit for bit, alone or among others, in long blocks or short, in one round or several', async () => {
    const batch = [...phrases(3, { intensity: 1 }), testPhrase];
    const engine = await softwareEngine();
    const together = await engine.renderBatch(batch);
    for (const [i, phrase] of batch.entries()) {
      expect(sameBits(await wholeOf(engine.render(phrase)), together[i])).toBe(true);
    }
    const narrow = await softwareEngine({ maxBytes: 600_000 });
    expect((await narrow.renderBatch(batch)).every((audio, i) => sameBits(audio, together[i]))).toBe(true);
    expect(sameBits((await engine.renderBatch([{ ...testPhrase, seed: 1 }]))[0], together[3])).toBe(false);
  });

  test('is silence where nothing is played, and nothing where no phrase is asked for', async () => {
    const engine = await softwareEngine();
    const [silence] = await engine.renderBatch([{ ...testPhrase, chords: [] }]);
    expect(silence?.left.every((sample) => Math.abs(sample) < 1e-9)).toBe(true);
    expect(await engine.renderBatch([])).toEqual([]);
  });
});

describe('the GPU engine', () => {
  test('ends what is being rendered when something else is begun', async () => {
    const [first, second] = phrases(2) as [Phrase, Phrase];
    const engine = await softwareEngine();
    const interrupted = engine.render(first)[Symbol.asyncIterator]();
    await interrupted.next();
    await engine.render(second)[Symbol.asyncIterator]().next();
    await expect(interrupted.next()).rejects.toThrow(/another phrase/);
  });

  test('goes on after a phrase that nobody wanted to the end', async () => {
    const engine = await softwareEngine();
    for await (const { left } of engine.render(phrases(1)[0] as Phrase)) if (left.length > 0) break;
    await engine.probe();
  });

  test('lets its process end in the middle of its work', async () => {
    // Without a word to the driver, every other process crashed.
    const script = `import { createGpuEngine } from ${JSON.stringify(new URL('index.ts', import.meta.url))};
      const engine = await createGpuEngine({ allowSoftware: true });
      const phrase = ${JSON.stringify(phrases(1)[0])};
      for await (const block of engine.render(phrase)) process.exit(7);`;
    for (let run = 0; run < 8; run++) {
      const child = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
      await expect(child).rejects.toMatchObject({ code: 7, signal: null });
    }
  });

  test.each([
    ['too many events', { percussion: Array(600).fill({ startFrame: 0, kind: 'wood', velocity: 1 }) }],
    ['no frames', { frames: 0, tailFrames: 0 }],
    ['half a frame', { frames: 0.5 }],
    ['no tempo', { parameters: { ...defaultParameters, tempoBpm: 0 } }],
  ])('refuses a phrase with %s, and renders the next', async (_, wrong) => {
    const engine = await softwareEngine();
    await expect(engine.renderBatch([{ ...testPhrase, ...wrong } as Phrase])).rejects.toThrow(RangeError);
    await engine.probe();
  });

  test('names its GPU, and refuses a limit of no bytes', async () => {
    expect((await softwareEngine()).adapterName).toMatch(/SwiftShader/);
    await expect(createGpuEngine({ maxBytes: 0 })).rejects.toThrow(/maxBytes/);
  });
});

describe('a GPU that cannot be had', () => {
  test('is GPU_UNAVAILABLE: no driver', async () => {
    const drivers = softwareGpuEnvironment();
    Object.assign(process.env, { VK_DRIVER_FILES: '/nowhere.json', VK_ICD_FILENAMES: '/nowhere.json' });
    try {
      await expect(createGpuEngine({ allowSoftware: true })).rejects.toMatchObject({
        code: 'GPU_UNAVAILABLE',
      });
    } finally {
      Object.assign(process.env, drivers);
    }
  });

  test('is GPU_UNAVAILABLE: only an imitation, unless that is allowed', async () => {
    await expect(createGpuEngine()).rejects.toMatchObject({
      code: 'GPU_UNAVAILABLE',
      message: expect.stringContaining('SwiftShader'),
    });
  });

  test('is GPU_UNAVAILABLE, with the cure: the package is not installed', async () => {
    const hidden = `data:text/javascript,import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => next(name === 'webgpu' ? 'not-installed' : name, context) });`;
    const script = `import { createGpuEngine } from ${JSON.stringify(new URL('index.ts', import.meta.url))};
      await createGpuEngine().catch(({ code, message }) => console.log(code, message));`;
    const args = ['--import', hidden, '--input-type=module', '--eval', script];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    expect(stdout).toMatch(/^GPU_UNAVAILABLE .*npm install webgpu/);
  });
});

describe('a GPU without memory', () => {
  test('renders the same in less of it, when it runs out in earnest', async () => {
    const script = fileURLToPath(new URL('scarce-gpu-memory.fixture.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [script, `${800e6}`]);
    expect(JSON.parse(stdout)).toEqual({ asExpected: 2400, ranOut: true });
  });

  test('is asked once more, for less, and then fails with GPU_OUT_OF_MEMORY; later it serves again', async () => {
    const gpu = interruptedGpu();
    const engine = await softwareEngine(gpu);
    const [expected] = await engine.renderBatch([testPhrase]);
    gpu.exhaust(1);
    expect(sameBits((await engine.renderBatch([testPhrase]))[0], expected)).toBe(true);
    gpu.exhaust(Number.POSITIVE_INFINITY);
    await expect(engine.renderBatch([testPhrase])).rejects.toMatchObject({ code: 'GPU_OUT_OF_MEMORY' });
    await expect(engine.probe()).rejects.toMatchObject({ code: 'GPU_OUT_OF_MEMORY' });
    gpu.exhaust(0);
    await engine.probe();
    expect(sameBits((await engine.renderBatch([testPhrase]))[0], expected)).toBe(true);
  });

  test('goes on where it was, when it runs out in the middle of a phrase', async () => {
    const gpu = interruptedGpu();
    const engine = await softwareEngine(gpu);
    const [phrase] = phrases(1) as [Phrase];
    const [expected] = await engine.renderBatch([phrase]);
    const heard = async function* () {
      let blocks = 0;
      for await (const block of engine.render(phrase)) {
        if (++blocks === 5) gpu.exhaustInWork();
        yield block;
      }
    };
    expect(sameBits(await wholeOf(heard()), expected)).toBe(true);
    expect(engine.usableBytes).toBeLessThan(2 ** 20);
  });

  test('keeps the phrases of a batch that were rendered before it ran out', async () => {
    const gpu = interruptedGpu();
    const engine = await softwareEngine({ ...gpu, maxBytes: 900_000 });
    const [expected] = await engine.renderBatch([testPhrase]);
    const heard: string[] = [];
    for await (const blocks of engine.renderTogether([testPhrase, testPhrase])) {
      if (heard.length === 0) gpu.exhaust(1);
      for (const { phrase, offset } of blocks) heard.push(`${phrase}: ${offset}`);
    }
    expect(new Set(heard).size).toBe(heard.length);
    expect(heard.at(0)).toBe('0: 0');
    expect(heard.at(-1)).toMatch(/^1: 4/);
    expect(sameBits((await engine.renderBatch([testPhrase]))[0], expected)).toBe(true);
  });

  test('fails at once where not even one phrase fits', async () => {
    const engine = await softwareEngine({ maxBytes: 100_000 });
    await expect(engine.renderBatch([testPhrase])).rejects.toMatchObject({ code: 'GPU_OUT_OF_MEMORY' });
  });
});

describe('a GPU that is lost', () => {
  test.each<[string, (gpu: ReturnType<typeof interruptedGpu>, engine: GpuEngine) => void]>([
    ['by its driver', (gpu) => gpu.loseDevice()],
    ['by its owner', (_, engine) => engine.destroy()],
  ])('in a phrase, %s, is GPU_DEVICE_LOST until a probe has opened it anew', async (_, lose) => {
    const gpu = interruptedGpu();
    const engine = await softwareEngine(gpu);
    const [phrase] = phrases(1) as [Phrase];
    const [expected] = await engine.renderBatch([phrase]);
    const rendering = engine.render(phrase)[Symbol.asyncIterator]();
    await rendering.next();
    lose(gpu, engine);
    const rest = async () => {
      while ((await rendering.next()).done !== true);
    };
    await expect(rest()).rejects.toMatchObject({ code: 'GPU_DEVICE_LOST' });
    await expect(engine.renderBatch([phrase])).rejects.toMatchObject({ code: 'GPU_DEVICE_LOST' });
    await engine.probe();
    expect(sameBits((await engine.renderBatch([phrase]))[0], expected)).toBe(true);
  });
});
