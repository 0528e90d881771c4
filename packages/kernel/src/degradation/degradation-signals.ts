import { defineSignal } from '../signals/index.ts';

/** A feature went off or came back; its dependants say so themselves. The source of the signal is that of its `Features`. */
export const featureChanged = defineSignal<FeatureChange>('feature.changed');

export interface FeatureChange {
  readonly feature: string;
  readonly enabled: boolean;
  /** Why it is off; of one that comes back, the last reason that kept it off. */
  readonly reason: string;
  /** The feature that this reason was given for: itself, or one that it needs, however indirectly. */
  readonly because: string;
}

/** A ladder went to another level. The source of the signal is the ladder's name. */
export const qualityChanged = defineSignal<QualityChange>('quality.changed');

export interface QualityChange {
  readonly from: string;
  readonly to: string;
  /** The input that decided, and what it read. */
  readonly input: string | undefined;
  readonly value: number;
}
