import { drillSuite } from '@sustain/drills';
import {
  eleventhListener,
  engineIsSilent,
  engineNotBuilt,
  engineSpoilsAudio,
  engineTraps,
  engineTrapsAlways,
  floods,
  impossibleParameters,
  listenerDoesNotRead,
  noFrames,
  playerNotBuilt,
  senselessMessages,
  synthesiserBabbles,
  synthesiserHangs,
  synthesiserKilled,
  tooLargeMessages,
} from './drills/index.ts';
import { auralisFaults } from './faults.ts';

/** The proof: every fault of Auralis, broken on purpose. */
export const auralisDrills = drillSuite({
  system: 'auralis',
  catalogs: [auralisFaults],
  drills: [
    synthesiserKilled,
    synthesiserHangs,
    engineTraps,
    engineTrapsAlways,
    synthesiserBabbles,
    engineSpoilsAudio,
    engineIsSilent,
    impossibleParameters,
    senselessMessages,
    noFrames,
    tooLargeMessages,
    floods,
    listenerDoesNotRead,
    eleventhListener,
    playerNotBuilt,
    engineNotBuilt,
  ],
  module: import.meta.url,
});
