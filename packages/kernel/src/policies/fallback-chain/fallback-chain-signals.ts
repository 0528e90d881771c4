import { defineSignal } from '../../signals/index.ts';

/** A fallback chain goes from one source to another. */
export const chainStepped = defineSignal<{
  readonly chain: string;
  readonly from: string;
  /** Null when no source is left. */
  readonly to: string | null;
  /** `error`: the source failed. `output`: what it answered is not good. `stable`: a preferred source serves again. */
  readonly reason: 'error' | 'output' | 'stable';
  /** What the source failed of. */
  readonly error?: unknown;
}>('chain.stepped');
