import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { type Policy, pipeline, type RunOptions } from '../pipeline/index.ts';
import { policyRefused } from '../shared-policy.ts';
import { type BulkheadOptions, bulkhead } from './index.ts';

/** A bulkhead for one call, unless told otherwise, and calls on it that the test ends by hand. */
export function room(
  options: Partial<BulkheadOptions> = {},
  outside: readonly Policy<never, unknown>[] = [],
) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const refused: unknown[] = [];
  signals.on(policyRefused, ({ data }) => refused.push(data.reason));
  const subject = bulkhead({ name: 'llm', limit: 1, ...options });
  const policies = pipeline({ clock, signals }, ...outside, subject);
  /** Names of the calls that are inside, in the order of their coming. */
  const inside: string[] = [];

  function call(name: string, run: RunOptions = {}) {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const caller = new AbortController();
    const answer = policies.run(
      (attempt) => {
        inside.push(name);
        attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason));
        return promise.finally(() => inside.splice(inside.indexOf(name), 1));
      },
      { signal: caller.signal, ...run },
    );
    const ended = answer.catch((error: unknown) => error);
    const after = (end: () => void) => async () => {
      end();
      const result = await ended;
      await clock.advance(0);
      return result;
    };
    return {
      ended,
      succeed: after(() => resolve(name)),
      fail: after(() => reject(new Error(name))),
      cancel: after(() => caller.abort(`${name} is no longer wanted`)),
    };
  }
  return { clock, signals, subject, inside, refused, call };
}
