import { configurationFaults } from '@sustain/ops/config';
import { logFaults } from '@sustain/ops/log';
import { analysisFaults } from '@sustain/ops/log/analysis';
import { type Drill, drillSuite } from '../../drill/index.ts';
import * as configurationAtStart from './configuration-at-start.ts';
import * as configurationWhileRunning from './configuration-while-running.ts';
import * as logDisk from './log-disk.ts';
import * as logReading from './log-reading.ts';

export const opsDrills = drillSuite({
  system: 'ops',
  catalogs: [logFaults, analysisFaults, configurationFaults],
  drills: [logDisk, logReading, configurationAtStart, configurationWhileRunning].flatMap((drills) =>
    Object.values<Drill>(drills),
  ),
  module: import.meta.url,
});
