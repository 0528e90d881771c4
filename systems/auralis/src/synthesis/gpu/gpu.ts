import process from 'node:process';
import { setImmediate } from 'node:timers/promises';
import { GpuError } from './gpu-error.ts';

export interface OpenGpuOptions {
  /**
   * Whether a GPU may be one that the CPU imitates (SwiftShader, lavapipe). It is slower than the CPU engine, so it
   * serves tests only. Default false.
   */
  readonly allowSoftware?: boolean;
  /** Where adapters come from. Default: the package `webgpu`. */
  readonly load?: () => Promise<GPU>;
}

/** A device of a GPU, until it is lost or closed. */
export class Gpu {
  readonly device: GPUDevice;
  /** As its driver calls it. */
  readonly name: string;
  /** The largest that one buffer may be. */
  readonly maxBufferBytes: number;
  /** Held as long as the device: the package frees the driver with it, and then crashes in the driver's next answer. */
  readonly source: GPU;
  readonly #onExit = () => this.close();
  #loss: GpuError | undefined;

  constructor(source: GPU, device: GPUDevice, name: string) {
    this.source = source;
    this.device = device;
    this.name = name;
    this.maxBufferBytes = Math.min(device.limits.maxBufferSize, device.limits.maxStorageBufferBindingSize);
    void device.lost.then(({ reason, message }) => {
      this.#loss ??= new GpuError('GPU_DEVICE_LOST', `the GPU was lost (${reason}): ${message}`);
    });
    // A process that ends while its GPU works would crash instead.
    process.once('exit', this.#onExit);
  }

  /** Why the device is gone; undefined while it is there. */
  get loss(): GpuError | undefined {
    return this.#loss;
  }

  /**
   * Does some work, and answers what the GPU says of it when it has seen all of it: undefined when it was done, otherwise
   * GPU_OUT_OF_MEMORY, GPU_DEVICE_LOST or GPU_FAILED. Never rejects.
   */
  async attempt(work: () => void): Promise<GpuError | undefined> {
    const answers: Promise<GPUError | null>[] = [];
    try {
      for (const filter of filters) this.device.pushErrorScope(filter);
      try {
        work();
      } finally {
        for (const _ of filters) answers.push(this.device.popErrorScope());
      }
    } catch (cause) {
      await Promise.allSettled(answers);
      return this.failed(cause);
    }
    const settled = await Promise.allSettled(answers);
    if (this.#loss !== undefined) return this.#loss;
    const errors = settled.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason));
    // Scopes are left in the opposite order: the last answer is the one about memory.
    const outOfMemory = errors.at(-1);
    if (outOfMemory !== null) return new GpuError('GPU_OUT_OF_MEMORY', messageOf(outOfMemory));
    const other = errors.find((error) => error !== null);
    return other === undefined ? undefined : this.failed(other);
  }

  /** What an error of the device means: GPU_DEVICE_LOST where it is gone, otherwise GPU_FAILED. */
  async failed(cause: unknown): Promise<GpuError> {
    // What was under way is told of a loss before the loss itself is.
    await setImmediate();
    return (
      this.#loss ?? new GpuError('GPU_FAILED', `the GPU refused its work: ${messageOf(cause)}`, { cause })
    );
  }

  /** Resolves when all work given so far is done, and the memory of what was destroyed before is free. Never rejects. */
  async settle(): Promise<void> {
    // Memory is freed when something is submitted, be it nothing, and only after what was done before is known to be done.
    for (let pass = 0; pass < 2; pass++) {
      this.device.queue.submit([]);
      await Promise.allSettled([this.device.queue.onSubmittedWorkDone()]);
    }
  }

  /** Frees the device and all that was made on it. */
  close(): void {
    process.off('exit', this.#onExit);
    this.#loss ??= new GpuError('GPU_DEVICE_LOST', 'the GPU was closed');
    this.device.destroy();
  }
}

/** Opens the fastest GPU there is. Rejects with GPU_UNAVAILABLE. */
export async function openGpu({
  allowSoftware = false,
  load = loadPackage,
}: OpenGpuOptions = {}): Promise<Gpu> {
  const source = await load();
  const adapter = await adapterOf(source);
  if (adapter === null) {
    throw new GpuError('GPU_UNAVAILABLE', 'there is no GPU with a driver for Vulkan, Metal or Direct3D 12');
  }
  const name = adapter.info.description || adapter.info.device || adapter.info.vendor;
  if (adapter.info.isFallbackAdapter && !allowSoftware) {
    throw new GpuError('GPU_UNAVAILABLE', `the only GPU is an imitation by the CPU (${name})`);
  }
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  try {
    const requiredLimits = { maxBufferSize, maxStorageBufferBindingSize };
    return new Gpu(source, await adapter.requestDevice({ requiredLimits }), name);
  } catch (cause) {
    throw new GpuError('GPU_UNAVAILABLE', `the GPU ${name} cannot be opened: ${messageOf(cause)}`, { cause });
  }
}

const filters = ['out-of-memory', 'validation', 'internal'] as const;

async function loadPackage(): Promise<GPU> {
  try {
    // A native module, which is not there where its installation was left out.
    const { create } = await import('webgpu');
    return create([]);
  } catch (cause) {
    const cure = 'install it with: npm install webgpu@0.6.2';
    throw new GpuError(
      'GPU_UNAVAILABLE',
      `the package webgpu cannot be loaded; ${cure} (${messageOf(cause)})`,
      { cause },
    );
  }
}

async function adapterOf(gpu: GPU): Promise<GPUAdapter | null> {
  try {
    return await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (cause) {
    throw new GpuError('GPU_UNAVAILABLE', `no GPU answers: ${messageOf(cause)}`, { cause });
  }
}

function messageOf(cause: unknown): string {
  return String(Object(cause).message ?? cause);
}
