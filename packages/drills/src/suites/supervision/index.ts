import { supervisionFaults } from '@sustain/kernel';
import { drillSuite } from '../../drill/index.ts';
import { childAbandoned } from './abandoned.ts';
import { supervisorGaveUp } from './gave-up.ts';
import { childRefused } from './refused.ts';
import { childStartFailed } from './start-failed.ts';

/** What supervisors do about children that do not start, do not stop, or fail again and again. */
export const supervisionDrills = drillSuite({
  system: 'supervision',
  catalogs: [supervisionFaults],
  drills: [childStartFailed, childAbandoned, childRefused, supervisorGaveUp],
  module: import.meta.url,
});
