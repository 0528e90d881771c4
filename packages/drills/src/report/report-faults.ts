import { type AnyFaultFactory, type SeverityName, severityName } from '@sustain/kernel';
import type { DrillResult } from '../drill/index.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

/** One drill in the report. */
export interface ReportDrill {
  /** Of its place in the page. */
  readonly id: string;
  readonly outcome: Exclude<Outcome, 'none'>;
  readonly result: DrillResult;
}

/** A fault with all its drills; a system's faults stand together, in the order of their declarations. */
export interface ReportFault {
  readonly system: string;
  readonly code: string;
  /** Undefined for one that a drill names and nobody has declared. */
  readonly severity: SeverityName | undefined;
  readonly recovery: string;
  readonly drills: readonly ReportDrill[];
}

/** Brings drills to their faults, and faults to their systems. */
export function reportFaults(
  faults: readonly AnyFaultFactory[],
  results: readonly DrillResult[],
): ReadonlyMap<string, readonly ReportFault[]> {
  const drills = results.map((result, index) => ({
    id: `drill-${index + 1}`,
    outcome: outcomeOf(result),
    result,
  }));
  const byFault = Map.groupBy(drills, ({ result }) => keyOf(result.system, result.fault));
  const declared = new Map(faults.map((fault) => [keyOf(fault.system, fault.code), declaredFault(fault)]));
  for (const [key, [first]] of byFault) {
    if (first === undefined || declared.has(key)) continue;
    const { system, fault: code, recovery } = first.result;
    declared.set(key, { system, code, recovery, severity: undefined });
  }
  const all = [...declared].map(([key, fault]) => ({ ...fault, drills: byFault.get(key) ?? [] }));
  return Map.groupBy(all, ({ system }) => system);
}

function declaredFault({ system, code, declaration }: AnyFaultFactory): Omit<ReportFault, 'drills'> {
  const { recovery, severity } = declaration;
  return { system, code, recovery, severity: severityName(severity) };
}

function keyOf(system: string, code: string): string {
  return JSON.stringify([system, code]);
}
