import type { JobHandler } from '../contract.ts';
import type { JobAttempt } from '../job-attempt.ts';
import type { SettledProcessOptions } from '../process-options.ts';
import type { KeptJob } from './kept-job.ts';

/** @internal A job that has been begun. */
export interface Running {
  readonly job: KeptJob;
  readonly attempt: JobAttempt;
}

/** @internal How jobs are run. */
export interface Processing {
  readonly handler: JobHandler<never>;
  readonly settled: SettledProcessOptions;
}
