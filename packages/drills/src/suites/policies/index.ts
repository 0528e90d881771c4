import { timeoutFaults } from '@sustain/kernel';
import { drillSuite } from '../../drill/index.ts';
import { timedOut } from './timeout.ts';

export const policiesDrills = drillSuite({
  system: 'policies',
  catalogs: [timeoutFaults],
  drills: [timedOut],
  module: import.meta.url,
});
