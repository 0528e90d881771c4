export { auralisFaults } from './faults.ts';
export { type Auralis, type AuralisHost, createAuralis, musicSeed } from './main.ts';
export {
  listenerJoined,
  listenerLeft,
  listenerRefused,
  parametersChanged,
  phraseRendered,
  synthesisReady,
} from './signals.ts';
