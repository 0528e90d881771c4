import { drillSuite } from '@sustain/drills';
import { auralisFaults } from './faults.ts';

/** The proof: every fault of Auralis, broken on purpose. */
export const auralisDrills = drillSuite({
  system: 'auralis',
  catalogs: [auralisFaults],
  drills: [],
  module: import.meta.url,
});
