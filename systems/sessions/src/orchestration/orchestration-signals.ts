import { defineSignal } from '@sustain/kernel';
import type { SessionKey } from '../session/index.ts';
import type { ErrorInfo, RunProgress } from './run.ts';

/** Which run a signal is about. The signal's source is the orchestration's name. */
export interface AboutRun {
  readonly runId: string;
  readonly key: SessionKey;
}

/** An attempt begins; `stage` is the one with which it goes on. */
export const orchestrationStarted = defineSignal<
  AboutRun & { readonly attempt: number; readonly isResumed: boolean; readonly stage: string }
>('sessions.orchestration.started');

/** A stage begins, says how far it is, or has ended. */
export const orchestrationProgress = defineSignal<AboutRun & RunProgress>('sessions.orchestration.progress');

/** What a stage has answered is kept. */
export const orchestrationStageCompleted = defineSignal<
  AboutRun & { readonly stage: string; readonly attempts: number; readonly isFallback: boolean }
>('sessions.orchestration.stage-completed');

/** A run has ended. */
export const orchestrationEnded = defineSignal<
  AboutRun & {
    readonly state: 'completed' | 'failed' | 'cancelled';
    readonly attempts: number;
    /** Of a cancelled one. */
    readonly reason?: string | undefined;
    readonly error?: ErrorInfo | undefined;
  }
>('sessions.orchestration.ended');

/** What should be written in the session could not be: the error that was to be recorded stays the one that is told. */
export const orchestrationUnrecorded = defineSignal<
  AboutRun & { readonly doing: string; readonly error: unknown }
>('sessions.orchestration.unrecorded');
