import { defineSignal } from '../../signals/index.ts';
import { type Environment, type Layer, layer, type Policy } from '../pipeline/index.ts';
import { checkMaxWait, type KeyLock, type LockHolder, type Release } from './key-lock.ts';

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
  if (typeof lock?.tryAcquire !== 'function') {
    throw new TypeError(`lock of a lock must be a KeyLock; got ${String(lock)}`);
  }
  checkMaxWait({ maxWaitMs });
  return Object.freeze({
    kind: 'lock',
    attach: (level: number, environment: Environment) => attach(lock, maxWaitMs, level, environment),
  });
}

function attach(
  lock: KeyLock,
  maxWaitMs: number | undefined,
  level: number,
  { name: source, signals }: Environment,
): Layer {
  const waiting = signals.channel(lockWaiting);
  const leave: Layer['succeeded'] = (call) => {
    (call.recall(level) as Release | undefined)?.();
    return undefined;
  };
  return layer({
    enter: (call) => {
      const { key, priority, operation } = call.options;
      if (key === undefined) return undefined;
      const free = lock.tryAcquire(key, operation);
      call.remember(level, free);
      if (free) return undefined;
      const { operationId } = call;
      if (waiting.heard) waiting.emit(lock.holder(key) as LockHolder, { source, operationId });
      return call.hold(level, (end) =>
        lock.wait(key, { maxWaitMs, priority, operation }, (release, refusal) => {
          call.remember(level, release);
          end(refusal);
        }),
      );
    },
    succeeded: leave,
    failed: leave,
    cancelled: leave,
  });
}
