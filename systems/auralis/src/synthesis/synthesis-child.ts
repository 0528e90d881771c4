import { type ChildProcessOptions, childProcess, type PortChild } from '@sustain/kernel/node';
import type { EngineName } from './engine-name.ts';
import type { FromSynthesis, ToSynthesis } from './messages.ts';

export interface SynthesisProgram {
  /** Paths of what `npm run build` makes. */
  readonly module: string;
  readonly wasm: string;
}

/**
 * The synthesis process, as what a supervisor starts, which asks at every start for the engine that it is to have. It counts as
 * started when it runs: one whose engine does not come up is no reason to give Auralis up, and who renders waits anyway.
 */
export function synthesisChild(
  { module, wasm }: SynthesisProgram,
  engine: () => EngineName,
  options: Pick<ChildProcessOptions<ToSynthesis, FromSynthesis>, 'restart' | 'ready'> = {},
): PortChild<ToSynthesis, FromSynthesis> {
  return childProcess<ToSynthesis, FromSynthesis>('synthesis', {
    ...options,
    module,
    get args() {
      return [wasm, engine()];
    },
    startMs: START_MS,
  });
}

/** What a GPU takes to compile all that it runs, on a machine that is busy. */
const START_MS = 15_000;
