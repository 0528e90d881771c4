import { SimulatedClock } from '../time/index.ts';
import { type Step, type TransactionOptions, transaction } from './index.ts';

export const never = () => new Promise<never>(() => undefined);
export const heedful = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

export function world() {
  const clock = new SimulatedClock();
  const done: string[] = [];
  /** A step whose `do` and `undo` are noted, and do what `how` says. */
  const step = (name: string, how: Partial<Step> = {}): Step => ({
    name,
    ...how,
    do: (signal) => {
      done.push(name);
      return how.do?.(signal);
    },
    undo: (signal) => {
      done.push(`undo ${name}`);
      return how.undo?.(signal);
    },
  });
  const run = (steps: readonly Step[], options: TransactionOptions = {}) =>
    clock.run(transaction(steps, { clock, safeState: () => void done.push('safe'), ...options }));
  return { clock, done, step, run };
}

export const fails = () => {
  throw new Error('broken');
};
