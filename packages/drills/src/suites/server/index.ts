import { authFaults, serverFaults } from '@sustain/ops/server';
import { drillSuite } from '../../drill/index.ts';
import * as badRequests from './bad-requests.ts';
import * as foreignPages from './foreign-pages.ts';
import * as whoAsks from './who-asks.ts';

export const serverDrills = drillSuite({
  system: 'server',
  catalogs: [serverFaults, authFaults],
  drills: [...Object.values(foreignPages), ...Object.values(badRequests), ...Object.values(whoAsks)],
  module: import.meta.url,
});
