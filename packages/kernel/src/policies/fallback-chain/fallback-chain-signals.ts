import { defineSignal } from '../../signals/index.ts';

/** A fallback chain goes from one source to another. */
export const chainStepped = defineSignal<{
  readonly chain: string;
  readonly from: string;
  /** Null when no source is left. */
  readonly to: string | null;
  /** `error`: the source failed. `stable`: a preferred source serves again. */
  readonly reason: 'error' | 'stable';
  /** What the source failed of: the fault OUTPUT_REJECTED, when what it answered is not good. */
  readonly error?: unknown;
}>('chain.stepped');
