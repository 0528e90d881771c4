export { atQuality, type Quality, qualities } from './at-quality.ts';
export { type Composer, type ComposerOptions, createComposer } from './composer.ts';
export { type CompositionRescue, GuardedComposer, type GuardedComposerOptions } from './guarded-composer.ts';
export {
  checkParameters,
  defaultParameters,
  intensityRange,
  type Key,
  keys,
  type Mode,
  type MusicParameters,
  modes,
  tempoRangeBpm,
} from './parameters.ts';
export {
  type ChordEvent,
  type NoteEvent,
  type PercussionEvent,
  type PercussionKind,
  type Phrase,
  SAMPLE_RATE_HZ,
  TAIL_FRAMES,
} from './phrase.ts';
export { simplify } from './simplify.ts';
export { testPhrase } from './test-phrase.ts';
