import { nodeFaults } from '@sustain/kernel/node';
import { drillSuite } from '../../drill/index.ts';
import { processDown, processKilled, processPaused } from './processes.ts';
import { messageNotSent, workerExited } from './workers.ts';

/** What is done about processes and threads that end, hang, or cannot be talked to. */
export const nodeDrills = drillSuite({
  system: 'node',
  catalogs: [nodeFaults],
  drills: [processKilled, processPaused, processDown, workerExited, messageNotSent],
  module: import.meta.url,
});
