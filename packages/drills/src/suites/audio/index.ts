import { audioFaults } from '@sustain/audio';
import { drillSuite } from '../../drill/index.ts';
import { damagedFrames, newerVersion } from './damaged-frames.ts';
import { damagedFiles, recordingTooLong } from './wav-files.ts';

/** The drills of frames on the wire, and of files. */
export const audioDrills = drillSuite({
  system: 'audio',
  catalogs: [audioFaults],
  drills: [...damagedFrames, newerVersion, ...damagedFiles, recordingTooLong],
  module: import.meta.url,
});
