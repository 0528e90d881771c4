import type { Clock } from '../time/index.ts';
import type { FaultReport } from './recovery-signals.ts';

/** A fault that has happened and has not been recovered from or cleared: its latest occurrence. */
export interface CurrentFault extends FaultReport {
  /** How often it has happened since it was last clear. */
  readonly count: number;
  /** Monotonic milliseconds. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/**
 * The faults of all components that are current, one for each kind. Bounded: beyond 1000 the stalest is forgotten.
 * `onCleared` is told of each that is removed.
 */
export function currentFaults(clock: Clock, onCleared: (fault: CurrentFault) => void) {
  /** Oldest occurrence first. */
  const faults = new Map<string, CurrentFault>();

  /** Those of one component, or all; the stalest first. */
  const of = (component?: string): readonly CurrentFault[] =>
    [...faults.values()].filter(({ context }) => context.component === (component ?? context.component));

  function remove(report: FaultReport): void {
    const key = faultKey(report);
    const current = faults.get(key);
    if (faults.delete(key)) onCleared(current as CurrentFault);
  }

  return {
    of,
    remove,

    add(report: FaultReport): void {
      const key = faultKey(report);
      const lastMs = clock.monotonicMs();
      const { firstMs = lastMs, count = 0 } = faults.get(key) ?? {};
      faults.delete(key);
      faults.set(key, { ...report, count: count + 1, firstMs, lastMs });
      if (faults.size > MAX_FAULTS) faults.delete(faults.keys().next().value as string);
    },

    /** Forgets all of one component, or those of one code. */
    clear(component: string, code?: string): void {
      for (const current of of(component))
        if (current.fault.code === (code ?? current.fault.code)) remove(current);
    },
  };
}

/** What makes two faults the same: their kind and their component. */
export function faultKey({ fault, context }: FaultReport): string {
  return `${context.component}\n${fault.system}.${fault.code}`;
}

const MAX_FAULTS = 1000;
