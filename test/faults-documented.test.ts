import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { faultsTable, faultsWithoutMeaning, readmeTableProblems } from '@sustain/drills/documents';
import { describe, expect, it } from 'vitest';
import { declaredFaults, repository } from '../scripts/docs/declared-faults.ts';
import { systemReadmes } from '../scripts/docs/system-readmes.ts';

const read = (file: string) => readFileSync(join(repository, file), 'utf8');

describe('docs/faults.md', () => {
  it('has a row for every declared fault, and no other (npm run docs writes it)', async () => {
    const catalogs = await declaredFaults();
    expect(catalogs.flatMap((catalog) => Object.keys(catalog)).length).toBeGreaterThan(30);
    const markdown = read('docs/faults.md');
    expect(faultsTable(catalogs, markdown)).toBe(markdown);
  });

  it('says of each what it means, and what to do', () => {
    expect(faultsWithoutMeaning(read('docs/faults.md'))).toEqual([]);
  });
});

describe('the README of a system', () => {
  it('shows what its drills break, and that it recovered in time (npm run docs writes it)', async () => {
    const problems = (await systemReadmes()).flatMap(({ file, drills }) =>
      readmeTableProblems({ readme: read(file), drills }).map((problem) => `${file}: ${problem}`),
    );
    expect(problems).toEqual([]);
  });
});
