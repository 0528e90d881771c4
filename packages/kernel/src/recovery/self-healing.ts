import type { Fault } from '../faults/index.ts';
import { exponential, retry, timeout } from '../policies/index.ts';
import { noSignals } from '../signals/index.ts';
import { systemClock, systemRandom } from '../time/index.ts';
import { checkPositive } from './check-positive.ts';
import { say } from './recovery-signals.ts';
import type { ErrorContext, RecoveryResult, RecoveryStrategy } from './recovery-strategy.ts';
import { refusesHealing } from './self-healing-decision.ts';
import {
  type HealingAction,
  type HealingChecks,
  type HealingResult,
  healingEnded,
  type SelfHealingOptions,
} from './self-healing-options.ts';
import { steady, type Tried, trial } from './strategies/index.ts';

/** A strategy that is guarded. */
export interface SelfHealing extends RecoveryStrategy {
  /** Never rejects. */
  recover(fault: Fault, context: ErrorContext, signal: AbortSignal): Promise<HealingResult>;
}

/**
 * Lets a strategy, or an action, heal by itself without making things worse: one at a time, so many an hour, with
 * growing pauses between them, verified afterwards, and rolled back when that fails. It is a strategy of the same
 * name itself. An action that is cut short is rolled back, too. Throws a RangeError when an option is out of range.
 */
export function selfHealing(
  action: HealingAction | (RecoveryStrategy & HealingChecks),
  options: SelfHealingOptions = {},
): SelfHealing {
  const { name = action.name, clock = systemClock, random = systemRandom, signals = noSignals } = options;
  const { maxActionsPerHour = 10, resetAfterMs = 600_000, dryRun } = options;
  const { actionTimeoutMs = 30_000, verifyTimeoutMs = 30_000, verifyEveryMs = 1000 } = options;
  const { backoff = exponential({ baseMs: 10_000, maxMs: 300_000, jitter: 'none' }) } = options;
  checkPositive('maxActionsPerHour', maxActionsPerHour, true);
  checkPositive('resetAfterMs', resetAfterMs);
  const act = trial(name, options, timeout(actionTimeoutMs));
  const watch = trial(
    name,
    options,
    timeout(verifyTimeoutMs),
    retry({ maxAttempts: Number.MAX_SAFE_INTEGER, backoff: steady(verifyEveryMs), retryOn: () => true }),
  );
  let begunMs: number[] = [];
  let inARow = 0;
  let isBusy = false;
  let notBeforeMs = 0;
  let lastTroubleMs = 0;

  async function heal(fault: Fault, context: ErrorContext, signal: AbortSignal): Promise<Healed> {
    const cut = (problem: unknown): Tried<undefined> => ({ attempts: 1, ok: false, problem });
    const done = await act(signal, async (deadline) => {
      const answer = (await ('recover' in action
        ? action.recover(fault, context, deadline)
        : action.run(fault, context, deadline))) as Answer;
      if (answer === false || answer?.success === false) {
        throw new Error(answer ? answer.message : 'it answered false');
      }
      return answer;
    }).catch(cut);
    const seen: Tried<unknown> =
      done.ok && action.verify
        ? await watch(
            signal,
            (deadline) => action.verify?.(deadline),
            (isWell) => isWell === true,
          ).catch(cut)
        : done;
    if (seen.ok) {
      return {
        success: true,
        fallbackUsed: false,
        message: `${name} done`,
        ...('recover' in action && done.answer),
        reason: 'healed',
      };
    }
    const reason = done.ok ? 'not-verified' : 'action-failed';
    let message = `${name} ${reason}: ${seen.problem}`;
    if (action.rollBack) {
      // Whoever waited may be gone: it is undone all the same.
      const undone = await act(new AbortController().signal, (deadline) => action.rollBack?.(deadline));
      message += undone.ok ? '; rolled back' : `; not rolled back: ${undone.problem}`;
    }
    return { success: false, fallbackUsed: false, message, reason };
  }

  return {
    name,
    timeoutMs: options.timeoutMs ?? 2 * actionTimeoutMs + verifyTimeoutMs + 1000,
    shared: 'shared' in action ? action.shared : true,
    async recover(fault, context, signal) {
      const nowMs = clock.monotonicMs();
      if (nowMs - lastTroubleMs >= resetAfterMs) inARow = notBeforeMs = 0;
      lastTroubleMs = nowMs;
      begunMs = begunMs.filter((startMs) => nowMs - startMs < HOUR_MS);
      const why = refusesHealing({ isBusy, actions: begunMs.length, notBeforeMs }, maxActionsPerHour, nowMs);
      let healed: Healed = {
        success: false,
        fallbackUsed: false,
        message: why ? `${name} not begun: ${why}` : `${name} would begin now: dry run`,
        reason: why ?? 'dry-run',
      };
      if (why === undefined) {
        begunMs.push(nowMs);
        isBusy = true;
        if (!dryRun) healed = await heal(fault, context, signal);
        isBusy = false;
        lastTroubleMs = clock.monotonicMs();
        notBeforeMs = lastTroubleMs + backoff(++inARow, random);
      }
      const told = { ...healed, actionsLeft: maxActionsPerHour - begunMs.length };
      // The output may be audio, or somebody's secret.
      const data = { ...told, output: undefined, action: name };
      say(signals, healingEnded, { component: context.component, fault }, data);
      return told;
    },
  };
}

/** What is good unless it says otherwise. */
type Answer = Partial<RecoveryResult> | false | undefined;

type Healed = Omit<HealingResult, 'actionsLeft'>;

const HOUR_MS = 3_600_000;
