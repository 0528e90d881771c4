import type { SignalSink } from '@sustain/kernel';
import {
  jobsAdded,
  jobsCancelled,
  jobsCompleted,
  jobsDead,
  jobsDisturbed,
  jobsProgress,
  jobsRetried,
  jobsStarted,
} from './jobs-signals.ts';

/** @internal Where a queue tells what happens. */
export function jobChannels(signals: SignalSink) {
  return {
    added: signals.channel(jobsAdded),
    started: signals.channel(jobsStarted),
    progress: signals.channel(jobsProgress),
    completed: signals.channel(jobsCompleted),
    retried: signals.channel(jobsRetried),
    dead: signals.channel(jobsDead),
    cancelled: signals.channel(jobsCancelled),
    disturbed: signals.channel(jobsDisturbed),
  };
}

/** @internal */
export type JobChannels = ReturnType<typeof jobChannels>;
