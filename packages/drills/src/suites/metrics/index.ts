import { metricsFaults } from '@sustain/ops/metrics';
import { type Drill, drillSuite } from '../../drill/index.ts';
import * as instruments from './instruments.ts';
import * as peers from './peers.ts';

export const metricsDrills = drillSuite({
  system: 'metrics',
  catalogs: [metricsFaults],
  drills: [instruments, peers].flatMap((drills) => Object.values<Drill>(drills)),
  module: import.meta.url,
});
