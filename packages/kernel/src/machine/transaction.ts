import { checkOptions, POSITIVE } from '../options/index.ts';
import { systemClock } from '../time/index.ts';
import { transactionFinished } from './machine-signals.ts';
import type { Doing, Step, TransactionOptions } from './transaction-options.ts';
import type { Failure, FailureReason, TransactionResult, UndoFailure } from './transaction-result.ts';

/**
 * Does `steps` in order, all or none: it ends in its goal, or in its safe state.
 *
 * - A step **fails** when it throws, answers `false`, is not done within its deadline, or when the caller aborts. Its
 *   signal tells it to stop; it is waited for `graceMs` longer.
 * - Then the steps that were done are **undone**, the last first. The failed one is undone, too, when it ended well
 *   although told to stop, and when it does not stop: nobody knows how far it came. An undo that fails or takes longer
 *   than `graceMs` is noted, and the rest goes on.
 * - Last, the **safe state** is entered, whatever came of the undos: each in the list is tried, until one is reached.
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
    deadlineMs = 30_000,
    graceMs = 5000,
  }: TransactionOptions = {},
): Promise<TransactionResult> {
  const limited: readonly Pick<Step, 'name' | 'deadlineMs'>[] = [{ name }, ...steps];
  for (const { name: of, deadlineMs: limitMs = deadlineMs } of limited) {
    checkOptions(of, { deadlineMs: [limitMs, POSITIVE], graceMs: [graceMs, POSITIVE] });
  }
  return run().then((result) => {
    signals?.channel(transactionFinished).emit({ transaction: name, result }, { source: name });
    return result;
  });

  async function run(): Promise<TransactionResult> {
    const undos: Step[] = [];
    for (const step of steps) {
      const { failure, left, abandoned } = await attempt(
        (own) => step.do(own),
        step.deadlineMs ?? deadlineMs,
        graceMs,
        signal,
      );
      if (left) undos.unshift(step);
      if (failure)
        return { state: 'rolled-back', step: step.name, ...failure, abandoned, ...(await rollBack(undos)) };
    }
    return { state: 'done' };
  }

  async function rollBack(undos: readonly Step[]) {
    const undoFailures: UndoFailure[] = [];
    const safeFailures: Failure[] = [];
    for (const step of undos) {
      const { failure } = await attempt((own) => step.undo?.(own), graceMs);
      if (failure) undoFailures.push({ step: step.name, ...failure });
    }
    let safe = !undoFailures.length;
    for (const enter of [safeState].flat() as readonly Doing[]) {
      const { failure } = await attempt(enter, graceMs);
      safe = !failure;
      if (!failure) break;
      safeFailures.push(failure);
    }
    return { undoFailures, safe, safeFailures };
  }

  /**
   * Does `work`. When `limitMs` have passed or `caller` aborts it is told to stop, and `restMs` later no longer waited
   * for. Never rejects, and always ends. `left`: whether it may have left something behind.
   */
  function attempt(work: Doing, limitMs: number, restMs = 0, caller?: AbortSignal): Promise<Attempted> {
    return new Promise((resolve) => {
      const abort = new AbortController();
      let failure: Failure | undefined;
      const fail = (reason: FailureReason, cause: unknown) => {
        failure ??= { reason, cause };
      };
      const end = (left: boolean, abandoned = false) => {
        timer.cancel();
        caller?.removeEventListener('abort', onAbort);
        resolve({ failure, left, abandoned });
      };
      const stop = (reason: FailureReason, cause: unknown) => {
        if (failure) return;
        fail(reason, cause);
        timer.cancel();
        timer = clock.schedule(restMs, () => end(true, true));
        abort.abort(cause);
      };
      const onAbort = () => stop('aborted', caller?.reason);
      let timer = clock.schedule(limitMs, () =>
        stop('timed-out', new DOMException(`not done within ${limitMs} ms`, 'TimeoutError')),
      );
      if (caller?.aborted) {
        onAbort();
        return end(false);
      }
      caller?.addEventListener('abort', onAbort);
      (async () => work(abort.signal))().then(
        (answer) => {
          const refused = answer === false;
          if (refused) fail('refused', answer);
          end(!refused);
        },
        (cause: unknown) => {
          fail('threw', cause);
          end(false);
        },
      );
    });
  }
}

interface Attempted {
  readonly failure: Failure | undefined;
  readonly left: boolean;
  /** Whether it is no longer waited for. */
  readonly abandoned: boolean;
}
