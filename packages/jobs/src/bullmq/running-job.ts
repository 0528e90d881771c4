import type { Job as BullJob } from 'bullmq';
import type { JobAttempt } from '../job-attempt.ts';

/** @internal The classes of BullMQ's that say something by being thrown. */
export interface BullErrors {
  readonly UnrecoverableError: new (message: string) => Error;
  readonly DelayedError: new (message: string) => Error;
}

/** @internal A job that BullMQ has handed out. */
export interface Running {
  readonly id: string;
  readonly lock: string;
  readonly bull: BullJob;
  readonly ended: Promise<void>;
  attempt: JobAttempt | undefined;
  cancelReason: string | undefined;
}
