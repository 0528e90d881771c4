import { accessSync, constants, readdirSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first of these programs that exists: names are looked up in PATH, absolute paths are taken as they are. */
export function findProgram(...candidates: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  for (const candidate of candidates) {
    const paths = candidate.startsWith('/') ? [candidate] : folders.map((folder) => join(folder, candidate));
    const found = paths.find(isProgram);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The sub-folders of a folder that may not exist, the highest version first. */
export function versionsIn(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted((a, b) => Number(b) - Number(a));
  } catch {
    return []; // no such folder: no versions
  }
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not ours to run
  }
}
