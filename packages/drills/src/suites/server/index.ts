import { authFaults, serverFaults } from '@sustain/ops/server';
import { type Drill, drillSuite } from '../../drill/index.ts';
import * as badRequests from './bad-requests.ts';
import * as foreignPages from './foreign-pages.ts';
import * as metricsUnavailable from './metrics-unavailable.ts';
import * as starting from './starting.ts';
import * as stopping from './stopping.ts';
import * as tooMuch from './too-much.ts';
import * as whoAsks from './who-asks.ts';

export const serverDrills = drillSuite({
  system: 'server',
  catalogs: [serverFaults, authFaults],
  drills: [starting, foreignPages, badRequests, whoAsks, tooMuch, metricsUnavailable, stopping].flatMap(
    (drills) => Object.values<Drill>(drills),
  ),
  module: import.meta.url,
});
