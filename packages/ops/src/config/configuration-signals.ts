import { defineSignal, type Fault } from '@sustain/kernel';

/** Settings have changed while the program runs. */
export const configurationChanged = defineSignal<{
  /** All single settings that are now other than before. */
  readonly paths: readonly string[];
  readonly by: 'file' | 'set';
}>('configuration.changed');

/** A new configuration cannot be used; the one before it still holds. */
export const configurationRejected = defineSignal<{ readonly fault: Fault }>('configuration.rejected');
