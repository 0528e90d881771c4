import process from 'node:process';
import { createCpuEngine } from './cpu-engine.ts';
import { type EngineName, engineNames } from './engine-name.ts';
import type { ServedEngine } from './serve.ts';
import { createSimpleEngine } from './simple-engine.ts';

/** Makes the engine of that name. Rejects when it cannot be had here; with RangeError when there is none of that name. */
export async function createEngine(name: string, wasmPath: string | undefined): Promise<ServedEngine> {
  switch (name as EngineName) {
    case 'gpu':
      return (await import('./gpu/index.ts')).createGpuEngine({ allowSoftware: SOFTWARE_GPU in process.env });
    case 'cpu':
      return createCpuEngine(wasmPath === undefined ? {} : { wasmPath });
    case 'simple':
      return createSimpleEngine();
    default:
      throw new RangeError(`an engine is one of ${engineNames.join(', ')}; got ${name}`);
  }
}

/** Set to have a GPU that is none, as in tests: it renders at a fraction of the pace of the CPU engine. */
const SOFTWARE_GPU = 'AURALIS_SOFTWARE_GPU';
