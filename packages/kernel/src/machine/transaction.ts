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

type Rules = ReturnType<typeof checkTransaction>;

async function run(steps: readonly Step[], rules: Rules): Promise<TransactionResult> {
  const {
    name,
    clock,
    deadlineMs = Number.POSITIVE_INFINITY,
    stepDeadlineMs,
    graceMs,
    signal,
    signals,
  } = rules;
  const startMs = clock.monotonicMs();
  const done: Step[] = [];
  let result: TransactionResult = { state: 'done' };
  for (const step of steps) {
    const leftMs = startMs + deadlineMs - clock.monotonicMs();
    const limitMs = Math.min(step.deadlineMs ?? stepDeadlineMs, leftMs);
    const { effect, failure } = await attempt((own) => step.do(own), clock, limitMs, graceMs, signal);
    if (effect === 'partial' ? step.undoPartial : effect !== 'none') done.push(step);
    if (failure === undefined) continue;
    const abandoned = effect === 'unknown';
    result = {
      state: 'rolled-back',
      step: step.name,
      ...failure,
      abandoned,
      ...(await rollBack(done, rules)),
    };
    break;
  }
  const durationMs = clock.monotonicMs() - startMs;
  signals?.channel(transactionFinished).emit({ transaction: name, result, durationMs }, { source: name });
  return result;
}

async function rollBack(
  done: readonly Step[],
  { clock, undoDeadlineMs, safeState = [], safeTries, safeDeadlineMs, safeRetryMs }: Rules,
): Promise<Pick<Extract<TransactionResult, Failure>, 'undoFailures' | 'safe' | 'safeFailures'>> {
  const undoFailures: UndoFailure[] = [];
  const safeFailures: Failure[] = [];
  for (const step of done.toReversed()) {
    const { failure } = await attempt((own) => step.undo?.(own), clock, undoDeadlineMs, 0);
    if (failure) undoFailures.push({ step: step.name, ...failure });
  }
  const states = [safeState].flat() as readonly Doing[];
  let safe = states.length === 0 && undoFailures.length === 0;
  for (const enter of states) {
    for (let tries = 0; tries < safeTries && !safe; tries++) {
      if (tries > 0) await clock.sleep(safeRetryMs);
      const { failure } = await attempt(enter, clock, safeDeadlineMs, 0);
      if (failure) safeFailures.push(failure);
      else safe = true;
    }
  }
  return { undoFailures, safe, safeFailures };
}
