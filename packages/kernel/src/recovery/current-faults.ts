import type { FaultReport } from './recovery-signals.ts';

/**
 * The faults of all components that are current, one for each kind: its latest occurrence. Bounded: beyond 1000 the
 * stalest is forgotten. `onCleared` is told of each that is removed.
 */
export function currentFaults(onCleared: (report: FaultReport) => void) {
  /** Oldest occurrence first. */
  const faults = new Map<string, FaultReport>();

  /** Those of one component, or all; the stalest first. */
  const of = (component?: string): readonly FaultReport[] =>
    [...faults.values()].filter(({ context }) => context.component === (component ?? context.component));

  function remove(report: FaultReport): void {
    if (faults.delete(faultKey(report))) onCleared(report);
  }

  return {
    of,
    remove,

    add(report: FaultReport, key: string): void {
      faults.delete(key);
      faults.set(key, report);
      if (faults.size > MAX_FAULTS) faults.delete(faults.keys().next().value as string);
    },

    /** Removes all of one component, or those of one code. */
    clear(component: string, code?: string): void {
      for (const report of of(component))
        if (report.fault.code === (code ?? report.fault.code)) remove(report);
    },
  };
}

/** What makes two faults the same: their kind and their component. */
export function faultKey({ fault, context }: FaultReport): string {
  return `${context.component}\n${fault.system}.${fault.code}`;
}

const MAX_FAULTS = 1000;
