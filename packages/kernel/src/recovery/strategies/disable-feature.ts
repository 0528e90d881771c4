import type { RecoveryStrategy } from '../recovery-strategy.ts';
import { result, type StrategyOptions, strategy } from './strategy.ts';

export interface DisableFeatureOptions extends StrategyOptions {
  /** What switches features off; when they come back is its business. The kernel's `Features` is one. */
  readonly features: { disable(feature: string, reason: string): unknown };
  /** Which one. Default: what the context names as `feature`, else the component. */
  readonly feature?: string;
}

/** `disable_feature`: does without a feature while it is broken. */
export function disableFeature(options: DisableFeatureOptions): RecoveryStrategy {
  return strategy('disable_feature', options, async (fault, context) => {
    const feature = options.feature ?? String(context['feature'] ?? context.component);
    // Not the message, which may differ each time: each reason would hold the feature off by itself.
    await options.features.disable(feature, `${fault.system}.${fault.code}`);
    return result(true, true, `Disabled ${feature}`);
  });
}
