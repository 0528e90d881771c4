export { type BatchBlock, createGpuEngine, type GpuEngine, type GpuEngineOptions } from './gpu-engine.ts';
export { GpuError, type GpuErrorCode } from './gpu-error.ts';
export { softwareGpuEnvironment } from './software-gpu.ts';
