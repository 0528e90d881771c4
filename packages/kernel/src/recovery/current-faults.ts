import type { Fault } from '../faults/index.ts';
import type { SignalSink } from '../signals/index.ts';
import type { Clock } from '../time/index.ts';
import { type FaultReport, faultCleared, say } from './recovery-signals.ts';

/** A fault that has happened and has not been recovered from or cleared. */
export interface CurrentFault {
  readonly component: string;
  /** The latest occurrence. */
  readonly fault: Fault;
  /** How often it has happened since it was last clear. */
  readonly count: number;
  /** Monotonic milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** The faults of all components that are current, one for each kind. Bounded: beyond 1000 the stalest is forgotten. */
export function currentFaults(clock: Clock, signals: SignalSink) {
  /** Oldest occurrence first. */
  const faults = new Map<string, CurrentFault>();

  /** Forgets a fault, and says so, where it was current. `key` is its `faultKey`. */
  function remove(key: string): void {
    const current = faults.get(key) as CurrentFault;
    if (!faults.delete(key)) return;
    say(signals, faultCleared, current, { activeMs: clock.monotonicMs() - current.firstMs });
  }

  return {
    remove,

    add(key: string, { component, fault }: FaultReport): void {
      const lastMs = clock.monotonicMs();
      const { firstMs = lastMs, count = 0 } = faults.get(key) ?? {};
      faults.delete(key);
      faults.set(key, { component, fault, count: count + 1, firstMs, lastMs });
      if (faults.size > MAX_FAULTS) faults.delete(faults.keys().next().value as string);
    },

    /** Those of one component, or all; the stalest first. */
    of: (component?: string): readonly CurrentFault[] =>
      [...faults.values()].filter((current) => current.component === (component ?? current.component)),

    /** Forgets all of one component, or those of one code. */
    clear(component: string, code?: string): void {
      for (const [key, { component: where, fault }] of faults) {
        if (where === component && fault.code === (code ?? fault.code)) remove(key);
      }
    },
  };
}

/** What makes two faults the same: their kind and their component; and, where one is `wanted`, the strategy. */
export function faultKey({ component, fault }: FaultReport, wanted = ''): string {
  return `${component}\n${fault.system}.${fault.code}\n${wanted}`;
}

const MAX_FAULTS = 1000;
