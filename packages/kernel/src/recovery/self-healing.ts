import type { Fault } from '../faults/index.ts';
import { COUNT, checkOptions, FOREVER, FUNCTION } from '../options/index.ts';
import { type Attempt, type Backoff, exponential, timeout } from '../policies/index.ts';
import { systemClock, systemRandom } from '../time/index.ts';
import { unrecovered } from './error-response.ts';
import type { ErrorContext, RecoveryResult, RecoveryStrategy } from './recovery-strategy.ts';
import { type TrialOptions, trial } from './strategies/index.ts';

/** What is done after a strategy: `selfHealing({ ...strategy, verify, rollBack })`. */
export interface HealingChecks {
  /**
   * Whether all is well. Asked every second until it is. To throw is to answer no. Default: not asked, the strategy's
   * success is believed.
   */
  verify?(signal: AbortSignal): Promise<boolean> | boolean;
  /** Undoes what failed, was cut short, or could not be verified. It may have been done in part only. */
  rollBack?(signal: AbortSignal): unknown;
}

export interface SelfHealingOptions extends TrialOptions {
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
  /** How long the action may take with its verification, and the roll-back as long again. Above 0. Default 60,000. */
  readonly actionTimeoutMs?: number;
}

/** How it ended, or why it did not begin. */
export type HealingReason =
  | 'healed'
  /** The strategy did not succeed, or what it did could not be verified, in time. */
  | 'failed'
  | 'dry-run'
  /** As many as are allowed have begun within the last hour. It heals no longer by itself: a person should look. */
  | 'budget-spent'
  /** One is under way, or the last one is not long enough ago. */
  | 'backing-off';

export interface HealingResult extends RecoveryResult {
  readonly reason: HealingReason;
  /** How many more actions this hour allows. 0 or more. */
  readonly actionsLeft: number;
}

/** A strategy that is guarded. */
export interface SelfHealing extends RecoveryStrategy {
  recover(fault: Fault, context: ErrorContext, attempt: Pick<Attempt, 'signal'>): Promise<HealingResult>;
}

/**
 * Lets a strategy heal by itself without making things worse: one at a time, so many an hour, with growing pauses
 * between them, verified afterwards, and rolled back when that fails, or when it is cut short. It is a strategy of the
 * same name itself. Throws a RangeError or TypeError when an option is out of range.
 */
export function selfHealing(
  action: RecoveryStrategy & HealingChecks,
  options: SelfHealingOptions = {},
): SelfHealing {
  const { name, shared, verify, rollBack } = action;
  const {
    maxActionsPerHour = 10,
    backoff = exponential({ baseMs: 10_000, maxMs: 300_000, jitter: 'none' }),
    dryRun,
    actionTimeoutMs = 60_000,
    clock = systemClock,
    random = systemRandom,
  } = options;
  checkOptions('self-healing', {
    maxActionsPerHour: [maxActionsPerHour, COUNT],
    backoff: [backoff, FUNCTION],
    verify: [verify, FUNCTION],
    rollBack: [rollBack, FUNCTION],
  });
  const inTime = trial(name, options, timeout(actionTimeoutMs));
  let begunMs: number[] = [];
  let inARow = 0;
  let notBeforeMs = 0;
  let lastTroubleMs = 0;

  /** Does it, and sees that all is well. Ends with its time at the latest. */
  async function heal(fault: Fault, context: ErrorContext, attempt: Attempt): Promise<RecoveryResult> {
    const { signal } = attempt;
    const result = await action.recover(fault, context, attempt);
    if (result.success !== true) throw new Error(result.message);
    while (verify) {
      try {
        if ((await verify.call(action, signal)) === true) break;
      } catch {
        // Not yet.
      }
      await clock.sleep(1000, { signal });
    }
    return result;
  }

  return {
    name,
    shared,
    timeoutMs: 2 * actionTimeoutMs + 1000,
    async recover(fault, context, { signal }) {
      const nowMs = clock.monotonicMs();
      if (nowMs - lastTroubleMs >= HEALTHY_MS && notBeforeMs < FOREVER) inARow = 0;
      lastTroubleMs = nowMs;
      begunMs = begunMs.filter((startMs) => nowMs - startMs < HOUR_MS);
      let reason: HealingReason = 'dry-run';
      let detail = '';
      let healed: RecoveryResult | undefined;
      if (nowMs < notBeforeMs) reason = 'backing-off';
      else if (begunMs.length >= maxActionsPerHour) reason = 'budget-spent';
      else {
        const pauseMs = backoff(++inARow, random);
        begunMs.push(nowMs);
        notBeforeMs = FOREVER;
        if (!dryRun) {
          const { answer, problem } = await inTime(signal, (attempt) => heal(fault, context, attempt));
          healed = answer;
          reason = healed ? 'healed' : 'failed';
          if (problem !== undefined) detail = `: ${problem}`;
          if (!healed && rollBack) {
            // Whoever waited may be gone: it is undone all the same.
            const undone = await inTime(undefined, (attempt) => rollBack.call(action, attempt.signal));
            detail += undone.problem === undefined ? '; rolled back' : `; not rolled back: ${undone.problem}`;
          }
        }
        lastTroubleMs = clock.monotonicMs();
        notBeforeMs = lastTroubleMs + pauseMs;
      }
      const actionsLeft = maxActionsPerHour - begunMs.length;
      return { ...unrecovered(true, `${name}: ${reason}${detail}`), ...healed, reason, actionsLeft };
    },
  };
}

const HOUR_MS = 3_600_000;
const HEALTHY_MS = 600_000;
