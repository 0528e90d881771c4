import { defineSignal, type SignalType } from '@sustain/kernel';

/** Which job a signal is about. The signal's source is the queue's name. */
export interface AboutJob {
  readonly id: string;
}

/** A job was added; not told of one whose idempotency key was used before. */
export const jobsAdded: SignalType<AboutJob & { readonly priority: number; readonly delayMs: number }> =
  defineSignal('jobs.added');

/** A handler begins. */
export const jobsStarted: SignalType<AboutJob & { readonly attempt: number; readonly isResumed: boolean }> =
  defineSignal('jobs.started');

/** A handler says how far it is. */
export const jobsProgress: SignalType<AboutJob & { readonly progress: unknown }> =
  defineSignal('jobs.progress');

export const jobsCompleted: SignalType<AboutJob & { readonly attempt: number; readonly durationMs: number }> =
  defineSignal('jobs.completed');

/** An attempt has failed, and another follows in `delayMs`. */
export const jobsRetried: SignalType<
  AboutJob & { readonly attempt: number; readonly delayMs: number; readonly error: unknown }
> = defineSignal('jobs.retried');

/** No attempt is left, or none would help. */
export const jobsDead: SignalType<AboutJob & { readonly attempt: number; readonly error: unknown }> =
  defineSignal('jobs.dead');

/** A job has ended as cancelled. */
export const jobsCancelled: SignalType<AboutJob & { readonly reason: string }> =
  defineSignal('jobs.cancelled');

/** The queue's own work has failed, and is tried again: its state cannot be reached, or another process owns it. */
export const jobsDisturbed: SignalType<{ readonly doing: string; readonly error: unknown }> =
  defineSignal('jobs.disturbed');
