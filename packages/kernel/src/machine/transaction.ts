import { COUNT, checkOptions, FOREVER, POSITIVE } from '../options/index.ts';
import { systemClock } from '../time/index.ts';
import { attempt, type Doing, type Failure } from './attempt.ts';
import { transactionFinished } from './machine-signals.ts';
import type { Step, TransactionOptions } from './transaction-options.ts';
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
 * deadlines. Throws a RangeError or TypeError at once when an option is out of range. Two at a time on the same things are the
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
  {
    name = 'transaction',
    clock = systemClock,
    signal,
    signals,
    safeState = [],
    safeTries = 3,
    deadlineMs = FOREVER,
    stepDeadlineMs = 30_000,
    graceMs = 1000,
    undoDeadlineMs = 5000,
  }: TransactionOptions = {},
): Promise<TransactionResult> {
  checkOptions(name, {
    safeTries: [safeTries, COUNT],
    deadlineMs: [deadlineMs, { least: 0, above: true }],
    stepDeadlineMs: [stepDeadlineMs, POSITIVE],
    graceMs: [graceMs, POSITIVE],
    undoDeadlineMs: [undoDeadlineMs, POSITIVE],
  });
  for (const step of steps) {
    checkOptions(`step ${step.name}`, { deadlineMs: [step.deadlineMs ?? stepDeadlineMs, POSITIVE] });
  }

  async function rollBack(done: readonly Step[]) {
    const undoFailures: UndoFailure[] = [];
    const safeFailures: Failure[] = [];
    for (const step of done.toReversed()) {
      const { failure } = await attempt((own) => step.undo?.(own), clock, undoDeadlineMs);
      if (failure) undoFailures.push({ step: step.name, ...failure });
    }
    const states = [safeState].flat() as readonly Doing[];
    let safe = !states.length && !undoFailures.length;
    for (const enter of states) {
      for (let tries = 0; tries < safeTries && !safe; tries++) {
        if (tries) await clock.sleep(SAFE_RETRY_MS);
        const { failure } = await attempt(enter, clock, undoDeadlineMs);
        if (failure) safeFailures.push(failure);
        else safe = true;
      }
    }
    return { undoFailures, safe, safeFailures };
  }

  async function run(): Promise<TransactionResult> {
    const done: Step[] = [];
    for (const step of steps) {
      const limitMs = Math.min(step.deadlineMs ?? stepDeadlineMs, startMs + deadlineMs - clock.monotonicMs());
      const { effect, failure } = await attempt((own) => step.do(own), clock, limitMs, graceMs, signal);
      if (effect === 'partial' ? step.undoPartial : effect !== 'none') done.push(step);
      if (failure) {
        const abandoned = effect === 'unknown';
        return { state: 'rolled-back', step: step.name, ...failure, abandoned, ...(await rollBack(done)) };
      }
    }
    return { state: 'done' };
  }

  const startMs = clock.monotonicMs();
  return run().then((result) => {
    signals?.channel(transactionFinished).emit({ transaction: name, result }, { source: name });
    return result;
  });
}

const SAFE_RETRY_MS = 100;
