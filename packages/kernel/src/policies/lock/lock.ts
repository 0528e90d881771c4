import { checkFunctions } from '../../options/index.ts';
import { defineSignal } from '../../signals/index.ts';
import { type Environment, type Layer, layer, type Policy } from '../pipeline/index.ts';
import { checkMaxWait, type KeyLock, type LockHolder } from './key-lock.ts';

/** A call found its key held, and waits: by whom, and how long already. */
export const lockWaiting = defineSignal<LockHolder>('lock.waiting');

export interface LockOptions {
  /** Where the keys are held: shared with all who take care of the same things. */
  readonly lock: KeyLock;
  /** How long a call waits at most; then it is refused with the fault LOCK_TIMED_OUT. 0 or more. Default: for ever. */
  readonly maxWaitMs?: number;
}

/**
 * One call a key at a time: holds `RunOptions.key` while what is inside of it runs; calls without a key pass. Whoever
 * waits is served by `RunOptions.priority`, then in the order of arrival, and leaves at once when it is stopped. Throws a
 * RangeError or TypeError when an option is out of range.
 *
 * Order: outside of a retry it holds the key over all attempts, waits included; inside, others may come between. Put
 * timeouts outside of it when the wait should count, and bulkheads inside, so that who waits here takes no place there.
 * Not re-entrant: see `KeyLock`.
 */
export function lock({ lock, maxWaitMs }: LockOptions): Policy<never, unknown> {
  checkFunctions('lock', { 'lock.run': lock?.run ?? null });
  checkMaxWait({ maxWaitMs });
  return Object.freeze({
    kind: 'lock',
    attach(_level: number, { name: source, signals }: Environment): Layer {
      const waiting = signals.channel(lockWaiting);
      return layer({
        around(inside, attempt, { key, priority }) {
          const { signal, operation } = attempt;
          const run = () =>
            inside({ signal, operation, onProgress: (progress) => attempt.progress(progress) });
          if (key === undefined) return run();
          const holder = waiting.heard && lock.holder(key);
          if (holder) waiting.emit(holder, { source, operationId: operation.id });
          return lock.run(key, run, { signal, operation, priority, maxWaitMs });
        },
      });
    },
  });
}
