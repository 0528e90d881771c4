export { eleventhListener, listenerDoesNotRead } from './listeners.ts';
export {
  floods,
  impossibleParameters,
  noFrames,
  senselessMessages,
  tooLargeMessages,
} from './messages.ts';
export { engineNotBuilt, playerNotBuilt } from './not-built.ts';
export { engineIsSilent, engineSpoilsAudio, engineTraps, engineTrapsAlways } from './synthesis-engine.ts';
export { synthesiserBabbles, synthesiserHangs, synthesiserKilled } from './synthesis-process.ts';
