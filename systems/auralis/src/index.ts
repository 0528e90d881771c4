export { type AuralisConfiguration, auralisSection } from './configuration.ts';
export { auralisFaults } from './faults.ts';
export { listenerLines } from './listener-lines.ts';
export { type Auralis, type AuralisHost, createAuralis } from './main.ts';
export { musicSeed } from './music-seed.ts';
export {
  attemptFailed,
  framesDropped,
  listenerHeard,
  listenerJoined,
  listenerLeft,
  listenerRefused,
  listenerResumed,
  listenerShed,
  listenerUntold,
  loopReady,
  parametersChanged,
  phraseRendered,
  phraseRescued,
  synthesisReady,
} from './signals.ts';
