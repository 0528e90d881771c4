import { Signals } from '../../signals/index.ts';
import { SimulatedClock } from '../../time/index.ts';
import { type BreakerOptions, breaker, breakerChanged, pipeline } from '../index.ts';

export const broken = new Error('broken');

/** A breaker, its pipeline, and calls on it that the test ends by hand. */
export function circuit(options: Partial<BreakerOptions> = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const changes: string[] = [];
  signals.on(breakerChanged, ({ data: { from, to, reason } }) => changes.push(`${from} → ${to}: ${reason}`));
  const subject = breaker({ name: 'llm', ...options });
  const policies = pipeline({ name: 'turn', clock, signals }, subject);
  const succeed = () => policies.run(async () => 'answer');
  const run = (work: () => Promise<string> | string) => policies.run(work).catch((error: unknown) => error);
  const fail = () => policies.run(() => Promise.reject(broken)).catch((error: unknown) => error);
  /** A call that fails of what it is told to. */
  const hold = () => {
    const { promise, reject } = Promise.withResolvers<string>();
    const ended = run(() => promise);
    return {
      fail: (error: unknown) => {
        reject(error);
        return ended;
      },
    };
  };
  /** A call that ends when it is told to. `ended` resolves with what the caller gets. */
  const begin = () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const caller = new AbortController();
    let admitted = false;
    const run = policies.run(
      (attempt) => {
        admitted = true;
        attempt.signal.addEventListener('abort', () => reject(attempt.signal.reason));
        return promise;
      },
      { signal: caller.signal },
    );
    const ended = run.catch((error: unknown) => error);
    const after = (end: () => void) => () => {
      end();
      return ended;
    };
    return {
      admitted: () => admitted,
      succeed: after(() => resolve('answer')),
      fail: after(() => reject(broken)),
      cancel: after(() => caller.abort('no longer wanted')),
    };
  };
  return { clock, subject, policies, changes, run, succeed, fail, hold, begin };
}
