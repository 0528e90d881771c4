import type { Attempt, PipelineOptions, Policy } from '../pipeline/index.ts';

/** One way to get the same thing. */
export interface ChainSource<Input, Output> {
  readonly name: string;
  readonly run: (input: Input, attempt: Attempt) => Promise<Output> | Output;
  /** Around each call of it, the outermost first. An output that is not good is a failure to them. Default: none. */
  readonly policies?: readonly Policy<Output, Output>[];
}

export interface FallbackChainOptions<Input, Output> extends Omit<PipelineOptions, 'name'> {
  /** Who faults and signals say it is. */
  readonly name: string;
  /** The most preferred first; one at least, with names of their own. */
  readonly sources: readonly ChainSource<Input, Output>[];
  /**
   * Whether an output is what was asked for: no audio is not, but for a turn that had nothing to say it is. Default:
   * every output is.
   */
  readonly isGood?: (output: Output, input: Input) => boolean;
  /** For how long a source that failed is left alone before it is tried again. 0 or more. Default 30,000. */
  readonly retryPreferredAfterMs?: number;
  /** How many good answers in a row make it trusted again. A whole number, 1 or more. Default 3. */
  readonly stableAfter?: number;
}
