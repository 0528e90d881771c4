import type { RecoveryStrategy } from '../recovery-strategy.ts';
import { result, type StrategyOptions, strategy } from './strategy.ts';

export interface DisableFeatureOptions extends StrategyOptions {
  /** What switches features off; when they come back is its business. The kernel's `Features` is one. */
  readonly features: { disable(feature: string, reason: string): unknown };
  /** Which one. Default: the component. */
  readonly feature?: string;
}

/** `disable_feature`: does without a feature while it is broken. */
export function disableFeature(options: DisableFeatureOptions): RecoveryStrategy {
  return strategy('disable_feature', options, async ({ system, code }, { component }) => {
    const { features, feature = component } = options;
    // Not the message, which may differ each time: each reason would hold the feature off by itself.
    await features.disable(feature, `${system}.${code}`);
    return result(true, true, `Disabled ${feature}`);
  });
}
