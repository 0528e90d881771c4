import process from 'node:process';
import {
  createComposer,
  defaultParameters,
  type Phrase,
} from '../../systems/auralis/src/composition/index.ts';
import {
  createCpuEngine,
  createGpuEngine,
  type GpuEngine,
  type GpuEngineOptions,
  GpuError,
  softwareGpuEnvironment,
} from '../../systems/auralis/src/synthesis/index.ts';
import type { BenchCase } from '../bench-case.ts';

type CpuEngine = Awaited<ReturnType<typeof createCpuEngine>>;

/** How many seconds of music the GPU makes in a second, many phrases at once, beside one core that makes the same phrases. */
export const gpuBatch: BenchCase = {
  name: 'gpu-batch',
  unit: 'audio-s/s',
  better: 'higher',
  run: async () => {
    const { engine, phrases } = await openGpu();
    process.stderr.write(`gpu-batch: ${phrases} phrases at once on ${engine.adapterName}\n`);
    const cpu = await createCpuEngine();
    const composer = createComposer({ seed: 1, parameters: { ...defaultParameters, intensity: 1 } });
    const batch = Array.from({ length: phrases }, () => composer.next());
    const best = { gpu: 0, cpu: 0 };
    for (let round = 0; round <= ROUNDS; round++) {
      const rates = {
        gpu: await rateOf(batch, () => renderOnGpu(engine, batch)),
        cpu: await rateOf(batch.slice(0, CPU_PHRASES), () => renderOnCpu(cpu, batch.slice(0, CPU_PHRASES))),
      };
      // In the first round shaders and JavaScript are compiled.
      if (round > 0) best.gpu = Math.max(best.gpu, rates.gpu);
      if (round > 0) best.cpu = Math.max(best.cpu, rates.cpu);
    }
    engine.destroy();
    return { value: best.gpu, rival: 'CPU engine, one core', rivalValue: best.cpu };
  },
};

const ROUNDS = 3;
const CPU_PHRASES = 16;
/** Enough to fill a large GPU; an imitation has no more to fill than its cores. */
const GPU_PHRASES = 2048;
const SOFTWARE_PHRASES = 16;
const GPU_BYTES = 4 * 2 ** 30;

/** The GPU of this machine, or where it has none, Chromium's imitation of one. */
async function openGpu(): Promise<{ engine: GpuEngine; phrases: number }> {
  const engine = await engineIfAny({ maxBytes: GPU_BYTES });
  if (engine !== undefined) return { engine, phrases: GPU_PHRASES };
  Object.assign(process.env, softwareGpuEnvironment());
  return { engine: await createGpuEngine({ allowSoftware: true }), phrases: SOFTWARE_PHRASES };
}

async function engineIfAny(options: GpuEngineOptions): Promise<GpuEngine | undefined> {
  try {
    return await createGpuEngine(options);
  } catch (error) {
    if (error instanceof GpuError && error.code === 'GPU_UNAVAILABLE') return undefined;
    throw error;
  }
}

/** Seconds of music a second of wall time. Tails are rendered but not counted: they lie under the phrases that follow. */
async function rateOf(phrases: readonly Phrase[], render: () => Promise<number>): Promise<number> {
  const start = process.hrtime.bigint();
  const frames = await render();
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const expected = phrases.reduce((sum, phrase) => sum + phrase.frames + phrase.tailFrames, 0);
  if (frames !== expected) throw new Error(`${frames} frames were rendered, expected ${expected}`);
  return phrases.reduce((sum, phrase) => sum + phrase.frames, 0) / 44_100 / seconds;
}

async function renderOnGpu(engine: GpuEngine, phrases: readonly Phrase[]): Promise<number> {
  let frames = 0;
  for await (const blocks of engine.renderTogether(phrases)) {
    for (const { left } of blocks) frames += left.length;
  }
  return frames;
}

async function renderOnCpu(engine: CpuEngine, phrases: readonly Phrase[]): Promise<number> {
  let frames = 0;
  for (const phrase of phrases) for (const { left } of engine.render(phrase)) frames += left.length;
  return frames;
}
