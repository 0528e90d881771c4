import { type ChildProcessOptions, childProcess, type PortChild } from '@sustain/kernel/node';
import type { EngineName } from './engine-name.ts';
import { type FromSynthesis, saysReady, type ToSynthesis } from './messages.ts';

export interface SynthesisProgram {
  /** Paths of what `npm run build` makes. */
  readonly module: string;
  readonly wasm: string;
}

/** The synthesis process, as what a supervisor starts. Asked at every start for the engine that it is to have. */
export function synthesisChild(
  { module, wasm }: SynthesisProgram,
  engine: () => EngineName,
  options: Pick<ChildProcessOptions<ToSynthesis, FromSynthesis>, 'restart'> = {},
): PortChild<ToSynthesis, FromSynthesis> {
  return childProcess<ToSynthesis, FromSynthesis>('synthesis', {
    ...options,
    module,
    get args() {
      return [wasm, engine()];
    },
    ready: saysReady,
  });
}
