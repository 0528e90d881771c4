export {
  composerThinksTooLong,
  composerThrows,
  impossibleChords,
  phraseWithoutLength,
} from './composition.ts';
export { damagedLoop } from './damaged-loop.ts';
export {
  eleventhListener,
  impossibleHello,
  listenerDoesNotPlay,
  listenerDoesNotRead,
} from './listeners.ts';
export { engineIsLost } from './lost-engine.ts';
export {
  floods,
  impossibleParameters,
  noFrames,
  senselessMessages,
  tooLargeMessages,
} from './messages.ts';
export { engineNotBuilt, playerNotBuilt } from './not-built.ts';
export { fileInTheWay, streamToRecordIsGone } from './recording.ts';
export {
  engineIsSilent,
  engineSpoilsAudio,
  engineTraps,
  engineTrapsAlways,
} from './synthesis-engine.ts';
export { synthesiserBabbles, synthesiserHangs, synthesiserKilled } from './synthesis-process.ts';
