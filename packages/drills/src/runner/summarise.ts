import type { DrillResult, DrillSuite, DrillSummary, Times } from '../drill/index.ts';

/** Sums up what came of drills. `suites` holds what was asked for: the faults that count, and no others. */
export function summarise(
  suites: readonly Pick<DrillSuite, 'system' | 'faults'>[],
  results: readonly DrillResult[],
): DrillSummary {
  const survived = new Set(results.filter(({ ok }) => ok).map(({ system, fault }) => `${system} ${fault}`));
  const failed = new Set(results.filter(({ ok }) => !ok).map(({ system, fault }) => `${system} ${fault}`));
  const declared = new Set(
    suites.flatMap(({ faults }) => faults.map(({ system, code }) => `${system} ${code}`)),
  );
  const automatic = results.filter(({ autoRecoverable }) => autoRecoverable);
  return {
    drills: results.length,
    ok: results.filter(({ ok }) => ok).length,
    faultsDeclared: declared.size,
    faultsCovered: [...declared].filter((fault) => survived.has(fault) && !failed.has(fault)).length,
    automatedRecovery:
      automatic.length === 0 ? 1 : automatic.filter(({ recovered }) => recovered).length / automatic.length,
    unhandled: sum(results.map(({ unhandled }) => unhandled)),
    contextLost: sum(results.map(({ contextLost }) => contextLost)),
    detectMs: times(results.map(({ detectMs }) => detectMs)),
    recoveryMs: times(results.map(({ recoveryMs }) => recoveryMs)),
    restoreMs: times(results.map(({ restoreMs }) => restoreMs)),
  };
}

/** Of those that there are: nearest rank. */
export function times(values: readonly (number | null)[]): Times {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
