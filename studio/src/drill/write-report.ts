import { closeSync, existsSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import type { ReportOptions } from '@sustain/drills/report';
import { classify } from '@sustain/kernel';

/** Before anything is broken: a report that cannot be written at the end would be lost. Throws the fault that says why. */
export function checkReportPath(path: string): void {
  try {
    writeFileSync(partOf(path), '');
    rmSync(partOf(path));
    if (existsSync(path)) closeSync(openSync(path, 'r+')); // a folder, for one, is nothing to be written over
  } catch (error) {
    throw classify(error);
  }
}

/** Whole or not at all. */
export async function writeReport(path: string, options: ReportOptions): Promise<void> {
  const { reportHtml } = await import('@sustain/drills/report');
  writeFileSync(partOf(path), reportHtml(options));
  renameSync(partOf(path), path);
}

function partOf(path: string): string {
  return `${path}.${process.pid}.part`;
}
