import type { Fault } from '../faults/index.ts';
import type { Backoff } from '../policies/index.ts';
import { defineSignal } from '../signals/index.ts';
import type { FaultReport } from './recovery-signals.ts';
import type { ErrorContext, RecoveryResult } from './recovery-strategy.ts';
import type { TimedStrategyOptions } from './strategies/index.ts';

/** What is done after an action, or a strategy: `selfHealing({ ...strategy, verify, rollBack })`. */
export interface HealingChecks {
  /**
   * Whether all is well. Asked every second until it is. To throw is to answer no. Default: not asked, the action's
   * success is believed.
   */
  verify?(signal: AbortSignal): Promise<boolean> | boolean;
  /** Undoes an action that failed, was cut short, or could not be verified. It may have been done in part only. */
  rollBack?(signal: AbortSignal): unknown;
}

/** Something that heals. */
export interface HealingAction extends HealingChecks {
  readonly name: string;
  /** To throw, or to answer false, is to fail. */
  run(fault: Fault, context: ErrorContext, signal: AbortSignal): unknown;
}

export interface SelfHealingOptions extends TimedStrategyOptions {
  /** Actions within any 60 minutes. A whole number, 1 or more. Default 10. */
  readonly maxActionsPerHour?: number;
  /**
   * How long to leave it alone after the first action in a row, the second … After 10 minutes without a fault the next
   * action is the first in a row again. Default 10 s doubling to 5 min. All as Kubernetes does between restarts of a
   * container that crashes (CrashLoopBackOff; Pod Lifecycle, KEP-4603).
   */
  readonly backoff?: Backoff;
  /** Whether to say what would be done, and not do it. It spends its budget as if it did. Default false. */
  readonly dryRun?: boolean;
  /** How long the action may take, and the roll-back. Above 0. Default 30,000. */
  readonly actionTimeoutMs?: number;
  /** Within which time after the action `verify` must have answered true. Above 0. Default 30,000. */
  readonly verifyTimeoutMs?: number;
}

/** Why a healing action does not begin. */
export type HealingRefusal =
  /** One is under way. */
  | 'busy'
  /** As many as are allowed have begun within the last hour. */
  | 'budget-spent'
  /** The last one is not long enough ago. */
  | 'backing-off';

/** How it ended, or why it did not begin. */
export type HealingReason = HealingRefusal | 'healed' | 'dry-run' | 'action-failed' | 'not-verified';

export interface HealingResult extends RecoveryResult {
  readonly reason: HealingReason;
  /** How many more actions this hour allows. 0 or more. */
  readonly actionsLeft: number;
}

/** A guarded action has ended, or was refused. `budget-spent` is for a person: it heals no longer by itself. */
export const healingEnded = defineSignal<
  FaultReport & Pick<HealingResult, 'reason' | 'actionsLeft' | 'message'> & { readonly action: string }
>('healing.ended');
