import type { Fault } from '../faults/index.ts';
import { COUNT, checkFunctions, checkOptions } from '../options/index.ts';
import { constant, exponential, retry, timeout } from '../policies/index.ts';
import { noSignals } from '../signals/index.ts';
import { systemClock, systemRandom } from '../time/index.ts';
import { say } from './recovery-signals.ts';
import type { ErrorContext, RecoveryResult, RecoveryStrategy } from './recovery-strategy.ts';
import {
  type HealingAction,
  type HealingChecks,
  type HealingReason,
  type HealingRefusal,
  type HealingResult,
  healingEnded,
  type SelfHealingOptions,
} from './self-healing-options.ts';
import { trial, untilTrue } from './strategies/index.ts';

/** A strategy that is guarded. */
export interface SelfHealing extends RecoveryStrategy {
  /** Never rejects. */
  recover(fault: Fault, context: ErrorContext, signal: AbortSignal): Promise<HealingResult>;
}

/**
 * Lets a strategy, or an action, heal by itself without making things worse: one at a time, so many an hour, with
 * growing pauses between them, verified afterwards, and rolled back when that fails. It is a strategy of the same
 * name itself. An action that is cut short is rolled back, too. Throws a RangeError or TypeError when an option is out
 * of range.
 */
export function selfHealing(
  action: HealingAction | (RecoveryStrategy & HealingChecks),
  options: SelfHealingOptions = {},
): SelfHealing {
  const {
    name = action.name,
    maxActionsPerHour = 10,
    backoff = exponential({ baseMs: 10_000, maxMs: 300_000, jitter: 'none' }),
    dryRun,
    actionTimeoutMs = 30_000,
    verifyTimeoutMs = 30_000,
    timeoutMs = 2 * actionTimeoutMs + verifyTimeoutMs + 1000,
    clock = systemClock,
    random = systemRandom,
    signals = noSignals,
  } = options;
  const { verify, rollBack } = action;
  checkOptions('self-healing', { maxActionsPerHour: [maxActionsPerHour, COUNT] });
  checkFunctions('self-healing', { backoff, verify, rollBack });
  const act = trial(name, options, timeout(actionTimeoutMs));
  const watch = trial(
    name,
    options,
    timeout(verifyTimeoutMs),
    retry({ maxAttempts: Number.MAX_SAFE_INTEGER, backoff: constant(1000), ...untilTrue }),
  );
  let begunMs: number[] = [];
  let inARow = 0;
  let isBusy = false;
  let notBeforeMs = 0;
  let lastTroubleMs = 0;

  async function heal(fault: Fault, context: ErrorContext, signal: AbortSignal): Promise<Ended> {
    const isStrategy = 'recover' in action;
    const done = await act(signal, async (deadline) => {
      const answer: unknown = await (isStrategy
        ? action.recover(fault, context, deadline)
        : action.run(fault, context, deadline));
      const { success = !isStrategy && answer !== false, message = 'it answered no' } = Object(
        answer,
      ) as Partial<RecoveryResult>;
      if (!success) throw new Error(message);
      return answer;
    });
    const isDone = done.problem === undefined;
    const { problem } =
      isDone && verify ? await watch(signal, (deadline) => verify.call(action, deadline)) : done;
    if (problem === undefined)
      return ['healed', '', isStrategy ? (done.answer as RecoveryResult) : undefined];
    let detail = `: ${problem}`;
    if (rollBack) {
      // Whoever waited may be gone: it is undone all the same.
      const undone = await act(undefined, (deadline) => rollBack.call(action, deadline));
      detail += undone.problem === undefined ? '; rolled back' : `; not rolled back: ${undone.problem}`;
    }
    return [isDone ? 'not-verified' : 'action-failed', detail];
  }

  function refusal(nowMs: number): HealingRefusal | undefined {
    if (isBusy) return 'busy';
    if (begunMs.length >= maxActionsPerHour) return 'budget-spent';
    return nowMs < notBeforeMs ? 'backing-off' : undefined;
  }

  return {
    name,
    timeoutMs,
    shared: (action as Partial<RecoveryStrategy>).shared,
    async recover(fault, context, signal) {
      const nowMs = clock.monotonicMs();
      if (!isBusy && nowMs - lastTroubleMs >= HEALTHY_MS) inARow = notBeforeMs = 0;
      lastTroubleMs = nowMs;
      begunMs = begunMs.filter((startMs) => nowMs - startMs < HOUR_MS);
      const why = refusal(nowMs);
      let ended: Ended = [why ?? 'dry-run'];
      if (!why) {
        begunMs.push(nowMs);
        isBusy = true;
        if (!dryRun) ended = await heal(fault, context, signal);
        isBusy = false;
        lastTroubleMs = clock.monotonicMs();
        notBeforeMs = lastTroubleMs + backoff(++inARow, random);
      }
      const [reason, detail = '', answer] = ended;
      const told = {
        success: reason === 'healed',
        fallbackUsed: false,
        message: `${name}: ${reason}${detail}`,
        ...answer,
        reason,
        actionsLeft: maxActionsPerHour - begunMs.length,
      };
      // The output may be audio, or somebody's secret.
      const data = { ...told, output: undefined, action: name };
      say(signals, healingEnded, { component: context.component, fault }, data);
      return told;
    },
  };
}

/** How it went, what more there is to say of it, and what the strategy answered. */
type Ended = readonly [reason: HealingReason, detail?: string, answer?: RecoveryResult | undefined];

const HOUR_MS = 3_600_000;
const HEALTHY_MS = 600_000;
