export { createCpuEngine } from './cpu-engine.ts';
export type { AudioBlock, SynthesisEngine } from './engine.ts';
export { EngineLadder, type EngineLadderOptions } from './engine-ladder.ts';
export { type EngineName, engineNames } from './engine-name.ts';
export {
  createGpuEngine,
  type GpuEngine,
  type GpuEngineOptions,
  GpuError,
  softwareGpuEnvironment,
} from './gpu/index.ts';
export { type FromSynthesis, saysReady, saysUnusable, type ToSynthesis } from './messages.ts';
export { PhraseRenderer, type RenderJob } from './phrase-renderer.ts';
export { probeEngine } from './probe-engine.ts';
export { RenderProbe } from './render-probe.ts';
export { createSimpleEngine } from './simple-engine.ts';
export { type SynthesisProgram, synthesisChild } from './synthesis-child.ts';
export { SynthesisPort } from './synthesis-port.ts';
