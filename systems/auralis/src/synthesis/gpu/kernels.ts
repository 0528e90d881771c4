import { effectsShader } from './effects.wgsl.ts';
import type { Gpu } from './gpu.ts';
import { noiseShader } from './noises.wgsl.ts';
import { padShader } from './pads.wgsl.ts';
import { toneShader } from './tones.wgsl.ts';

/** The compiled shaders of one device. */
export interface Kernels {
  readonly pads: GPUComputePipeline;
  readonly tones: GPUComputePipeline;
  readonly noises: GPUComputePipeline;
  readonly effects: GPUComputePipeline;
}

/** Compiles all shaders. Rejects with the loss of the device, or GPU_FAILED. */
export async function compileKernels(gpu: Gpu): Promise<Kernels> {
  const { device } = gpu;
  const compiled: Partial<Record<keyof Kernels, GPUComputePipeline>> = {};
  const failure = await gpu.attempt(() => {
    for (const [name, code] of Object.entries(shaders)) {
      const compute = { module: device.createShaderModule({ label: name, code }), entryPoint: 'main' };
      compiled[name as keyof Kernels] = device.createComputePipeline({
        label: name,
        layout: 'auto',
        compute,
      });
    }
  });
  if (failure !== undefined) throw failure;
  return compiled as Kernels;
}

const shaders = { pads: padShader, tones: toneShader, noises: noiseShader, effects: effectsShader };
