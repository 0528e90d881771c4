import { type Phrase, SAMPLE_RATE_HZ, testPhrase } from '../../composition/index.ts';
import { checkWhole } from '../audio-checks.ts';
import type { AudioBlock } from '../engine.ts';
import { nextRound, type Round, smallestRoundBytes } from './batch-plan.ts';
import { type Gpu, type OpenGpuOptions, openGpu } from './gpu.ts';
import { GpuError } from './gpu-error.ts';
import { compileKernels, type Kernels } from './kernels.ts';
import { type Patch, patchOf } from './patch.ts';
import { Stage } from './stage.ts';

/** The synthesiser of `assembly/`, on a GPU: made for many phrases at once. */
export interface GpuEngine {
  readonly name: 'gpu';
  /** The GPU, as its driver calls it. */
  readonly adapterName: string;
  readonly sampleRateHz: number;
  /** Memory of the GPU that is used at most: `maxBytes`, or less since it ran out. */
  readonly usableBytes: number;
  /**
   * Renders a phrase block by block, as the CPU engine does and to the same sound: what differs is 80 dB below it. On one
   * GPU the samples are the same every time, bit for bit. A block is valid until the next is asked for. One thing at a
   * time: beginning another ends the one before, which then rejects with RangeError. Rejects with GpuError, and
   * RangeError for a phrase that cannot be played.
   */
  render(phrase: Phrase): AsyncIterable<AudioBlock>;
  /**
   * Renders phrases side by side, as many as memory allows, and answers their blocks as they come: of some phrases at
   * once, those of each phrase in order. What holds for `render` holds here.
   */
  renderTogether(phrases: readonly Phrase[]): AsyncIterable<readonly BatchBlock[]>;
  /** The same, but answers body and tail of each phrase, whole. */
  renderBatch(phrases: readonly Phrase[]): Promise<AudioBlock[]>;
  /**
   * Whether the GPU renders: renders a test phrase of a tenth of a second, and checks it. A device that was lost is
   * opened anew first, and memory that was left alone since it ran out is tried again by what is rendered next. Rejects
   * with GpuError or INVALID_AUDIO.
   */
  probe(): Promise<void>;
  /** Gives everything back; what is being rendered rejects with GPU_DEVICE_LOST. `probe` opens it anew. */
  destroy(): void;
}

/** A block of one of the phrases that are rendered together. */
export interface BatchBlock extends AudioBlock {
  /** Which of them, from 0. */
  readonly phrase: number;
  /** Where it begins, in frames of the phrase. */
  readonly offset: number;
}

export interface GpuEngineOptions extends OpenGpuOptions {
  /** Memory of the GPU that may be used, in bytes. Default 1 GiB. */
  readonly maxBytes?: number;
}

/** Opens a GPU. Rejects with GpuError, mostly GPU_UNAVAILABLE; with RangeError when `maxBytes` is not above 0. */
export async function createGpuEngine(options: GpuEngineOptions = {}): Promise<GpuEngine> {
  const { maxBytes = 2 ** 30 } = options;
  if (!(maxBytes > 0)) throw new RangeError(`maxBytes must be above 0; got ${maxBytes}`);
  const engine = new Engine(options, maxBytes);
  await engine.open();
  return engine;
}

interface Waiting {
  readonly phrase: number;
  readonly patch: Patch;
}

class Engine implements GpuEngine {
  readonly name = 'gpu';
  readonly sampleRateHz = SAMPLE_RATE_HZ;
  adapterName = '';
  usableBytes: number;
  readonly #options: OpenGpuOptions;
  readonly #maxBytes: number;
  #opened: { readonly gpu: Gpu; readonly kernels: Kernels } | undefined;
  #current: object | undefined;

  constructor(options: OpenGpuOptions, maxBytes: number) {
    this.#options = options;
    this.#maxBytes = maxBytes;
    this.usableBytes = maxBytes;
  }

  async open(): Promise<void> {
    const gpu = await openGpu(this.#options);
    try {
      this.#opened = { gpu, kernels: await compileKernels(gpu) };
      this.adapterName = gpu.name;
    } catch (error) {
      gpu.close();
      throw error;
    }
  }

  async *render(phrase: Phrase): AsyncGenerator<AudioBlock> {
    for await (const blocks of this.renderTogether([phrase])) yield* blocks;
  }

  async *renderTogether(phrases: readonly Phrase[]): AsyncGenerator<readonly BatchBlock[]> {
    const heard = new Float64Array(phrases.length);
    for await (const blocks of this.#render(phrases)) {
      // What is rendered once more, in less memory, has the same samples: some are known already.
      const fresh = blocks.filter(({ phrase, offset }) => offset >= (heard[phrase] as number));
      for (const { phrase, offset, left } of fresh) heard[phrase] = offset + left.length;
      if (fresh.length > 0) yield fresh;
    }
  }

  async renderBatch(phrases: readonly Phrase[]): Promise<AudioBlock[]> {
    const whole = phrases.map(({ frames, tailFrames }) => ({
      left: new Float32Array(frames + tailFrames),
      right: new Float32Array(frames + tailFrames),
    }));
    for await (const blocks of this.renderTogether(phrases)) {
      for (const { phrase, offset, left, right } of blocks) {
        whole[phrase]?.left.set(left, offset);
        whole[phrase]?.right.set(right, offset);
      }
    }
    return whole;
  }

  async probe(): Promise<void> {
    if (this.#opened === undefined || this.#opened.gpu.loss !== undefined) await this.open();
    this.usableBytes = this.#maxBytes;
    const [audio] = (await this.renderBatch([testPhrase])) as [AudioBlock];
    checkWhole(testPhrase, [audio.left, audio.right]);
  }

  destroy(): void {
    this.#opened?.gpu.close();
  }

  /** Renders phrases, in rounds that fit the memory. Where it runs out, the round is tried once more in a quarter of it. */
  async *#render(phrases: readonly Phrase[]): AsyncGenerator<BatchBlock[]> {
    const token = {};
    this.#current = token;
    // The longest first, so that those that have ended can be left out of a block by their number.
    let waiting = phrases
      .map((phrase, index): Waiting => ({ phrase: index, patch: patchOf(phrase) }))
      .sort((a, b) => b.patch.frames - a.patch.frames);
    let retried = false;
    while (waiting.length > 0) {
      const patches = waiting.map(({ patch }) => patch);
      const { gpu, kernels } = this.#usable();
      const limits = { maxBytes: this.usableBytes, maxBufferBytes: gpu.maxBufferBytes };
      const round = nextRound(patches, limits);
      const stage = new Stage(gpu, kernels, patches.slice(0, round.phrases), round);
      const outOfMemory = yield* this.#renderRound(stage, waiting, round, token);
      // Here the memory of the round is free again, whatever became of it.
      if (outOfMemory === undefined) {
        waiting = waiting.slice(round.phrases);
        continue;
      }
      if (retried) throw outOfMemory;
      retried = true;
      this.usableBytes = Math.max(smallestRoundBytes(patches), round.bytes / 4);
    }
  }

  /** Renders a round; answers GPU_OUT_OF_MEMORY instead of throwing it, so that nothing of the round is held any more. */
  async *#renderRound(
    stage: Stage,
    waiting: readonly Waiting[],
    { blockFrames }: Round,
    token: object,
  ): AsyncGenerator<BatchBlock[], GpuError | undefined> {
    try {
      const unopened = await stage.open();
      if (unopened !== undefined) return onlyOutOfMemory(unopened);
      const end = waiting[0]?.patch.frames ?? 0;
      let next = stage.submit(0);
      for (let now = 0; now < end; now += blockFrames) {
        const block = await next;
        if (this.#current !== token)
          throw new RangeError('another phrase is being rendered: this one is over');
        if (block.failure !== undefined) return onlyOutOfMemory(block.failure);
        // The GPU renders the next block while this one is read.
        if (now + blockFrames < end) next = stage.submit(now + blockFrames);
        yield waiting.slice(0, block.phrases).map(({ phrase }, i) => {
          const { left, right } = block.audioOf(i);
          return { phrase, offset: now, left, right };
        });
        block.done();
      }
      return undefined;
    } finally {
      await stage.close();
    }
  }

  #usable(): { readonly gpu: Gpu; readonly kernels: Kernels } {
    const opened = this.#opened;
    if (opened === undefined) throw new GpuError('GPU_DEVICE_LOST', 'the GPU is not open');
    if (opened.gpu.loss !== undefined) throw opened.gpu.loss;
    return opened;
  }
}

/** Throws every other failure. */
function onlyOutOfMemory(failure: GpuError): GpuError {
  if (failure.code !== 'GPU_OUT_OF_MEMORY') throw failure;
  return failure;
}
