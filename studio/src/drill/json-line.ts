import type { DrillReport, DrillResult } from '@sustain/drills';

/** One drill, as the contract says. */
export function resultLine(result: DrillResult): string {
  const { system, fault, drill, ok, recovered, fallback, detectMs, recoveryMs, restoreMs, detail } = result;
  const line = { system, fault, drill, ok, recovered, fallback, detectMs, recoveryMs, restoreMs, detail };
  return `${JSON.stringify(line)}\n`;
}

/** The last line. */
export function summaryLine({ summary }: DrillReport): string {
  return `${JSON.stringify({ summary })}\n`;
}
