import { jobsFaults } from '@sustain/jobs';
import { drillSuite } from '../../drill/index.ts';
import { cancelledJobs, deadJobs, interruptedJobs } from './ended-jobs.ts';
import { jobCrashed, jobLost, queueOwned } from './ownership.ts';
import { refusals } from './refusals.ts';

/** What becomes of jobs that fail, are given up or cut short, and of queues that are taken. */
export const jobsDrills = drillSuite({
  system: 'jobs',
  catalogs: [jobsFaults],
  drills: [
    ...refusals,
    ...[...deadJobs, ...cancelledJobs, ...interruptedJobs],
    ...[queueOwned, jobCrashed, jobLost],
  ],
  module: import.meta.url,
});
