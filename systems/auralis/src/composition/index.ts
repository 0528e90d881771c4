export { type Composer, createComposer } from './composer.ts';
export {
  checkParameters,
  defaultParameters,
  intensityRange,
  keys,
  type MusicParameters,
  modes,
  problemsWith,
  tempoRangeBpm,
} from './parameters.ts';
export {
  type ChordEvent,
  type NoteEvent,
  type PercussionEvent,
  type Phrase,
  SAMPLE_RATE_HZ,
  TAIL_FRAMES,
} from './phrase.ts';
export { simplify } from './simplify.ts';
