import { defineSignal } from '@sustain/kernel';

/** An operation took as long as its threshold, or longer; however it ended, unless it was cancelled. */
export const operationSlow = defineSignal<SlowOperation>('performance.slow');

export interface SlowOperation {
  readonly operation: string;
  /** Milliseconds. */
  readonly durationMs: number;
  readonly thresholdMs: number;
  readonly outcome: 'success' | 'failure';
}
