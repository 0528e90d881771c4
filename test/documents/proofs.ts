import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const repository = resolve(import.meta.dirname, '../..');

/** Where a document says that a test shows something: `file` “title”. */
export interface Proof {
  readonly file: string;
  readonly title: string;
}

export function proofsIn(cell: string): Proof[] {
  return [...cell.matchAll(/`([^`]+)` “([^”]+)”/g)].map(([, file = '', title = '']) => ({ file, title }));
}

/** What is wrong with a proof; undefined when its test exists. */
export function complaintAbout({ file, title }: Proof): string | undefined {
  return hasTest(file, title) ? undefined : `${file} has no test “${title}”`;
}

function hasTest(file: string, title: string): boolean {
  const path = join(repository, file);
  if (!/\.(test|suite)\.ts$/.test(file) || !existsSync(path)) return false;
  return readFileSync(path, 'utf8')
    .split('\n')
    .some((line) => /['"`]/.test(line) && line.includes(title));
}
