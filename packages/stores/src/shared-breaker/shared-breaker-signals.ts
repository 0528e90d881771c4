import { defineSignal, type SignalType } from '@sustain/kernel';

/** An instance cannot reach the store, and decides alone. The source of this signal, and of the others, is the breaker's name. */
export const sharedBreakerAlone: SignalType<{
  readonly instance: string;
  readonly reason: string;
  readonly error: unknown;
}> = defineSignal('shared-breaker.alone');

/** It has come to know what the others have found, and they what it has. */
export const sharedBreakerTogether: SignalType<{ readonly instance: string; readonly instances: number }> =
  defineSignal('shared-breaker.together');

/** This instance has written down what holds for all. */
export const sharedBreakerDecided: SignalType<{
  readonly instance: string;
  readonly state: 'open' | 'closed';
  /** Whose votes have opened it; none when its probe has decided. */
  readonly votes: readonly string[];
}> = defineSignal('shared-breaker.decided');
