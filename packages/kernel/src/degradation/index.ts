export {
  decideLevel,
  firstState,
  type LadderState,
  type LevelDecision,
  type LevelReason,
  type Reading,
} from './decide-level.ts';
export {
  type FeatureChange,
  featureChanged,
  type QualityChange,
  qualityChanged,
} from './degradation-signals.ts';
export { type FeatureStatus, Features, type FeaturesOptions } from './features.ts';
export type { LadderRuleOptions, LadderRules, StepThresholds } from './ladder-rules.ts';
export type { RestoreOptions } from './probe-until-restored.ts';
export { type QualityDecision, QualityLadder, type QualityLadderOptions } from './quality-ladder.ts';
