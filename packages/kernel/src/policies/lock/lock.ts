import { checkOptions, FUNCTION } from '../../options/index.ts';
import { type Call, type Layer, layer, type Policy } from '../pipeline/index.ts';
import { type KeyLock, keyLock, type Release } from './key-lock.ts';

/**
 * One call a key at a time: holds `RunOptions.key` while what is inside of it runs; calls without a key pass. Whoever
 * waits is served by `RunOptions.priority`, then in the order of arrival, and leaves at once when it is stopped. `keys`
 * are shared with all who take care of the same things; by default they are this policy's own. Throws a TypeError when it
 * is no KeyLock.
 *
 * Order: outside of a retry it holds the key over all attempts, waits included; inside, others may come between. Put
 * timeouts outside of it to limit the wait too, and bulkheads inside, so that who waits here takes no place there.
 * Not re-entrant: see `KeyLock`.
 */
export function lock(keys: KeyLock = keyLock()): Policy<never, unknown> {
  checkOptions('lock', { enter: [keys.enter ?? null, FUNCTION] });
  return Object.freeze({
    kind: 'lock',
    attach(level: number): Layer {
      const leave = (call: Call) => (call.recall(level) as Release | undefined)?.() as undefined;
      return layer({
        enter(call) {
          const { key, priority } = call.options;
          if (key === undefined) return;
          return call.hold(level, (end) =>
            keys.enter(
              key,
              (release) => {
                call.remember(level, release);
                end();
              },
              priority,
            ),
          );
        },
        succeeded: leave,
        failed: leave,
        cancelled: leave,
      });
    },
  });
}
