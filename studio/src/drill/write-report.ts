import { accessSync, constants, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DrillReport, DrillSuite } from '@sustain/drills';
import { classify } from '@sustain/kernel';

/** Before anything is broken: a report that cannot be written at the end would be lost. Throws the fault that says why. */
export function checkReportPath(path: string): void {
  try {
    accessSync(dirname(resolve(path)), constants.W_OK);
  } catch (error) {
    throw classify(error);
  }
}

export interface ReportInput extends DrillReport {
  readonly seed: string;
  readonly startedWallMs: number;
  readonly suites: readonly DrillSuite[];
}

/** Whole or not at all. */
export async function writeReport(path: string, input: ReportInput): Promise<void> {
  const { reportHtml } = await import('@sustain/drills/report');
  const { results, summary, seed, startedWallMs, suites } = input;
  const faults = suites.flatMap((suite) => suite.faults);
  const beside = `${path}.${process.pid}.part`;
  writeFileSync(beside, reportHtml({ results, summary, seed, startedWallMs, faults }));
  renameSync(beside, path);
}
