export { createCpuEngine } from './cpu-engine.ts';
export type { AudioBlock, SynthesisEngine } from './engine.ts';
export { type FromSynthesis, saysReady, type ToSynthesis } from './messages.ts';
export { PhraseRenderer, type RenderJob } from './phrase-renderer.ts';
export { RenderProbe } from './render-probe.ts';
export { SynthesisPort } from './synthesis-port.ts';
