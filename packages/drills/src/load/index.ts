export { blockEventLoop, blockWorker } from './block-event-loop.ts';
export { type CpuBurnOptions, cpuBurn } from './cpu-burn.ts';
export { type MemoryPressureOptions, memoryPressure } from './memory-pressure.ts';
export { slowness } from './slowness.ts';
