import { defineSignal, type Fault, type SignalType } from '@sustain/kernel';

/** A file of the log cannot be written any more; told once, until it is restored. */
export const logOutputLost: SignalType<{ readonly path: string; readonly fault: Fault }> =
  defineSignal('log.output.lost');

/** It can again. */
export const logOutputRestored: SignalType<{
  readonly path: string;
  readonly downMs: number;
  /** Lines that came meanwhile and are not in the file. */
  readonly droppedLines: number;
}> = defineSignal('log.output.restored');
