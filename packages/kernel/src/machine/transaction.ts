import { attempt, type Doing, type Failure } from './attempt.ts';
import { transactionFinished } from './machine-signals.ts';
import { checkTransaction, type Step, type TransactionOptions } from './transaction-options.ts';
import type { TransactionResult, UndoFailure } from './transaction-result.ts';

/**
 * Does `steps` in order, all or none: it ends in its goal, or in its safe state.
 *
 * - A step **fails** when it throws, answers `false`, is not done within its deadline or that of the whole, or when the
 *   caller aborts. Its signal tells it to stop; it is waited for `graceMs` longer.
 * - Then the steps that were done are **undone**, the last first. The failed one is undone, too, when it ended well
 *   although told to stop, when it does not stop (nobody knows how far it came), and after a throw or `false` when
 *   it says `undoPartial`. An undo that fails or exceeds its deadline is noted, and the rest goes on.
 * - Last, the **safe state** is entered, whatever came of the undos: each in the list is tried, so many times.
 *
 * The caller's abort stops neither undos nor the safe state. Never rejects, and ends within the sum of its
 * deadlines. Throws a RangeError at once when an option is out of range. Two at a time on the same things are the
 * caller's to prevent.
 *
 * @example
 * const result = await transaction(
 *   [
 *     { name: 'microphone', do: () => microphone.stop(), undo: () => microphone.start() },
 *     { name: 'notify', do: (signal) => server.send('hotword_detected', signal), deadlineMs: 5000 },
 *   ],
 *   { safeState: [() => listenForHotword(), () => goIdle()] },
 * );
 */
export function transaction(
  steps: readonly Step[],
  options: TransactionOptions = {},
): Promise<TransactionResult> {
  return run(steps, checkTransaction(steps, options));
}

async function run(
  steps: readonly Step[],
  rules: ReturnType<typeof checkTransaction>,
): Promise<TransactionResult> {
  const { name, clock, signals } = rules;
  const startMs = clock.monotonicMs();
  const result = await outcomeOf(steps, rules, startMs);
  const durationMs = clock.monotonicMs() - startMs;
  signals?.channel(transactionFinished).emit({ transaction: name, result, durationMs }, { source: name });
  return result;
}

async function outcomeOf(
  steps: readonly Step[],
  rules: ReturnType<typeof checkTransaction>,
  startMs: number,
): Promise<TransactionResult> {
  const { clock, deadlineMs = Number.POSITIVE_INFINITY, stepDeadlineMs, graceMs, signal } = rules;
  const done: Step[] = [];
  for (const step of steps) {
    const leftMs = startMs + deadlineMs - clock.monotonicMs();
    const limitMs = Math.min(step.deadlineMs ?? stepDeadlineMs, leftMs);
    const { effect, failure } = await attempt((own) => step.do(own), clock, limitMs, graceMs, signal);
    if (effect === 'partial' ? step.undoPartial : effect !== 'none') done.push(step);
    if (failure === undefined) continue;
    const undoFailures = await undo(done, rules);
    const safeFailures: Failure[] = [];
    const safe = await reachSafety(rules, undoFailures.length === 0, safeFailures);
    const abandoned = effect === 'unknown';
    return { state: 'rolled-back', step: step.name, ...failure, abandoned, undoFailures, safe, safeFailures };
  }
  return { state: 'done' };
}

async function undo(
  done: readonly Step[],
  { clock, undoDeadlineMs }: ReturnType<typeof checkTransaction>,
): Promise<readonly UndoFailure[]> {
  const failures: UndoFailure[] = [];
  for (const step of done.toReversed()) {
    const { failure } = await attempt((own) => step.undo?.(own), clock, undoDeadlineMs, 0);
    if (failure) failures.push({ step: step.name, ...failure });
  }
  return failures;
}

async function reachSafety(
  { clock, safeState, safeTries, safeDeadlineMs, safeRetryMs }: ReturnType<typeof checkTransaction>,
  isUndone: boolean,
  failures: Failure[],
): Promise<boolean> {
  if (safeState === undefined) return isUndone;
  for (const enter of [safeState].flat() as readonly Doing[]) {
    for (let tries = 0; tries < safeTries; tries++) {
      if (tries > 0) await clock.sleep(safeRetryMs);
      const { failure } = await attempt(enter, clock, safeDeadlineMs, 0);
      if (failure === undefined) return true;
      failures.push(failure);
    }
  }
  return false;
}
