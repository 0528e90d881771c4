import { readFileSync } from 'node:fs';
import type { Sabotage } from '../drill/index.ts';
import { drillFaults } from '../drill-faults.ts';

/** A sabotage as plain data, as it goes to another process. */
export interface Edit {
  /** Of the file. */
  readonly url: string;
  readonly replace: string;
  readonly by: string;
}

/** Throws SABOTAGE_UNUSABLE unless the text that it replaces is in the file exactly once. */
export function editOf({ file, replace, by }: Sabotage, drill: string): Edit {
  const found = readFileSync(file, 'utf8').split(replace).length - 1;
  if (found !== 1) {
    throw drillFaults.SABOTAGE_UNUSABLE({ drill, file: file.href, replace, found });
  }
  return { url: file.href, replace, by };
}

/** The name of the variable in which a process finds its edit. */
export const EDIT_VARIABLE = 'SUSTAIN_SABOTAGE';
