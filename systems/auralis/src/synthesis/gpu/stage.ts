import type { AudioBlock } from '../engine.ts';
import type { Buffers, Round } from './batch-plan.ts';
import { BlockTables } from './block-tables.ts';
import { phraseLayout } from './effects.wgsl.ts';
import type { Gpu } from './gpu.ts';
import { GpuError } from './gpu-error.ts';
import type { Kernels } from './kernels.ts';
import { noiseLayout } from './noises.ts';
import type { Note } from './note.ts';
import { padLayout } from './pads.ts';
import { type Kind, kinds, type Patch } from './patch.ts';
import type { RecordLayout } from './record-layout.ts';
import { toneLayout } from './tones.ts';
import { NOTES_A_GROUP } from './voice.wgsl.ts';

/** A block on its way back from the GPU. */
export interface Submitted {
  /** Undefined when it can be read. */
  readonly failure: GpuError | undefined;
  /** Phrases in it: those that have not ended before. */
  readonly phrases: number;
  /** The samples of a phrase, valid until `done`. */
  audioOf(phrase: number): AudioBlock;
  /** Its memory may be used for another block. */
  done(): void;
}

const layouts: Readonly<Record<Kind, RecordLayout<never>>> = {
  pads: padLayout as RecordLayout<never>,
  tones: toneLayout as RecordLayout<never>,
  noises: noiseLayout as RecordLayout<never>,
};

/**
 * The memory of one round on the GPU, and the way through it: a block is rendered by one dispatch for each kind of voice
 * and one for the effects, over all phrases; what goes on in the next block stays there. The longest phrases come first.
 */
export class Stage {
  readonly #gpu: Gpu;
  readonly #kernels: Kernels;
  readonly #patches: readonly Patch[];
  readonly #round: Round;
  readonly #buffers: GPUBuffer[] = [];
  readonly #readable: GPUBuffer[] = [];
  readonly #tables: BlockTables;
  #memory: Memory | undefined;

  constructor(gpu: Gpu, kernels: Kernels, patches: readonly Patch[], round: Round) {
    this.#gpu = gpu;
    this.#kernels = kernels;
    this.#patches = patches;
    this.#round = round;
    this.#tables = new BlockTables(patches, round.buffers);
  }

  /** Takes the memory, and writes down what is to be played. Answers why it could not. */
  async open(): Promise<GpuError | undefined> {
    return this.#gpu.attempt(() => {
      const { buffers } = this.#round;
      const { STORAGE, UNIFORM, COPY_SRC, COPY_DST, MAP_READ } = usage;
      const memory = {
        block: this.#buffer(16, UNIFORM | COPY_DST),
        notes: forKinds((kind) => this.#buffer(buffers[kind], STORAGE | COPY_DST)),
        active: forKinds(() => this.#buffer(buffers.active, STORAGE | COPY_DST)),
        phrases: this.#buffer(buffers.phrases, STORAGE | COPY_DST),
        gains: this.#buffer(buffers.gains, STORAGE | COPY_DST),
        samples: this.#buffer(buffers.samples, STORAGE),
        lines: this.#buffer(buffers.lines, STORAGE),
        output: this.#buffer(buffers.output, STORAGE | COPY_SRC),
      };
      for (let i = 0; i < 2; i++) this.#readable.push(this.#buffer(buffers.output, MAP_READ | COPY_DST));
      for (const kind of kinds) this.#writeNotes(kind, memory.notes[kind], buffers);
      const effects = [memory.phrases, memory.gains, memory.samples, memory.lines, memory.output];
      this.#memory = {
        ...memory,
        voices: forKinds((kind) =>
          this.#bind(kind, memory.block, memory.active[kind], memory.notes[kind], memory.samples),
        ),
        effects: this.#bind('effects', memory.block, ...effects),
      };
    });
  }

  /** Renders the next block, from `now` on. At most two may be on their way; blocks come in order. */
  submit(now: number): Promise<Submitted> {
    const { blockFrames } = this.#round;
    const patches = this.#patches;
    let phrases = 0;
    while (phrases < patches.length && (patches[phrases] as Patch).frames > now) phrases++;
    const readable = this.#readable[(now / blockFrames) % 2] as GPUBuffer;
    const bytes = phrases * 2 * blockFrames * 4;
    let read: Promise<Float32Array | GpuError> = Promise.resolve(NOTHING);
    const attempted = this.#gpu.attempt(() => {
      const memory = this.#memory as Memory;
      this.#writeTables(memory, now, phrases);
      const encoder = this.#gpu.device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      for (const kind of kinds) {
        const notes = this.#tables.count(kind);
        if (notes === 0) continue;
        pass.setPipeline(this.#kernels[kind]);
        pass.setBindGroup(0, memory.voices[kind]);
        pass.dispatchWorkgroups(Math.ceil(notes / NOTES_A_GROUP));
      }
      pass.setPipeline(this.#kernels.effects);
      pass.setBindGroup(0, memory.effects);
      pass.dispatchWorkgroups(phrases);
      pass.end();
      encoder.copyBufferToBuffer(memory.output, 0, readable, 0, bytes);
      this.#gpu.device.queue.submit([encoder.finish()]);
      read = readable
        .mapAsync(READ, 0, bytes)
        .then(() => new Float32Array(readable.getMappedRange(0, bytes)))
        .catch((cause: unknown) => this.#gpu.failed(cause));
    });
    return this.#submitted(Promise.all([attempted, read]), { now, phrases, readable });
  }

  /** Gives all memory back, and waits until it is free. Never rejects. */
  async close(): Promise<void> {
    for (const buffer of this.#buffers) buffer.destroy();
    await this.#gpu.settle();
  }

  async #submitted(
    answers: Promise<[GpuError | undefined, Float32Array | GpuError]>,
    {
      now,
      phrases,
      readable,
    }: { readonly now: number; readonly phrases: number; readonly readable: GPUBuffer },
  ): Promise<Submitted> {
    const [refused, read] = await answers;
    const { blockFrames } = this.#round;
    const samples = read instanceof GpuError ? NOTHING : read;
    return {
      failure: refused ?? (read instanceof GpuError ? read : undefined),
      phrases,
      audioOf: (phrase) => {
        const frames = Math.min(blockFrames, (this.#patches[phrase] as Patch).frames - now);
        const left = phrase * 2 * blockFrames;
        const right = left + blockFrames;
        return {
          left: samples.subarray(left, left + frames),
          right: samples.subarray(right, right + frames),
        };
      },
      done: () => readable.unmap(),
    };
  }

  #buffer(size: number, uses: number): GPUBuffer {
    const buffer = this.#gpu.device.createBuffer({ size, usage: uses });
    this.#buffers.push(buffer);
    return buffer;
  }

  #bind(kernel: keyof Kernels, ...buffers: readonly GPUBuffer[]): GPUBindGroup {
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    return this.#gpu.device.createBindGroup({ layout: this.#kernels[kernel].getBindGroupLayout(0), entries });
  }

  #writeNotes(kind: Kind, buffer: GPUBuffer, buffers: Buffers): void {
    const records = new DataView(new ArrayBuffer(buffers[kind]));
    let index = 0;
    for (const patch of this.#patches) {
      for (const { values } of patch[kind] as readonly Note<never>[])
        layouts[kind].write(records, index++, values);
    }
    this.#gpu.device.queue.writeBuffer(buffer, 0, records.buffer);
  }

  #writeTables(memory: Memory, now: number, phrases: number): void {
    const { queue } = this.#gpu.device;
    const { blockFrames } = this.#round;
    const tables = this.#tables;
    const slots = tables.fill(now, now + blockFrames, phrases);
    for (const kind of kinds) {
      queue.writeBuffer(memory.active[kind], 0, tables.active[kind], 0, (tables.count(kind) + 1) * 2);
    }
    queue.writeBuffer(memory.gains, 0, tables.gains, 0, slots * 4);
    queue.writeBuffer(memory.phrases, 0, tables.phrases.buffer, 0, phrases * phraseLayout.words * 4);
    queue.writeBuffer(memory.block, 0, new Uint32Array([now, blockFrames, slots, 0]));
  }
}

/** `GPUBufferUsage`, which is a global in browsers only. */
const usage = { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 } as const;
const READ = 1;
const NOTHING = new Float32Array();

interface Memory {
  readonly block: GPUBuffer;
  readonly active: Readonly<Record<Kind, GPUBuffer>>;
  readonly phrases: GPUBuffer;
  readonly gains: GPUBuffer;
  readonly output: GPUBuffer;
  readonly voices: Readonly<Record<Kind, GPUBindGroup>>;
  readonly effects: GPUBindGroup;
}

function forKinds<T>(make: (kind: Kind) => T): Record<Kind, T> {
  return { pads: make('pads'), tones: make('tones'), noises: make('noises') };
}
