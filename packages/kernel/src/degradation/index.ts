export {
  type FeatureChange,
  featureChanged,
  type QualityChange,
  qualityChanged,
} from './degradation-signals.ts';
export { type FeatureOff, type Features, type FeaturesOptions, features } from './features.ts';
export type { LadderRules, StepThresholds } from './ladder-rules.ts';
export type { RestoreOptions } from './probe-until-restored.ts';
export {
  type QualityLadder,
  type QualityLadderOptions,
  qualityLadder,
} from './quality-ladder.ts';
