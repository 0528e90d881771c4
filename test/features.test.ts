import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complaintAbout, proofsIn, repository } from './documents/proofs.ts';

/** How many rows each table of the document has: what the comparison with the peers has found. */
const counts = {
  Features: 45,
  Complaints: 19,
  Traps: 5,
  Beyond: 13,
  Seeing: 16,
  'Seeing: complaints': 17,
  'Seeing: beyond': 9,
  Drills: 15,
} as const;

interface Row {
  readonly table: string;
  readonly what: string;
  readonly ours: string;
  readonly how: string;
  readonly test: string;
}

function rowsOf(markdown: string): Row[] {
  let table = '';
  return markdown.split('\n').flatMap((line) => {
    if (line.startsWith('## ')) table = line.slice(3);
    if (!line.startsWith('| ') || !Object.hasOwn(counts, table)) return [];
    const [, what = '', ours = '', how = '', test = ''] = line.split('|').map((cell) => cell.trim());
    return ours === 'ours' || ours.startsWith('-') ? [] : [{ table, what, ours, how, test }];
  });
}

/** What is wrong with a row, if anything: a yes needs a test that shows it, a no needs a reason. */
function complaintsAbout({ what, ours, how, test }: Row): string[] {
  if (!['yes', 'no', 'planned'].includes(ours))
    return [`${what}: ours is ${ours}, neither yes, no nor planned`];
  if (how === '') return [`${what} does not say ${ours === 'yes' ? 'how' : 'why not'}`];
  if (ours !== 'yes') return [];
  const proofs = proofsIn(test);
  if (proofs.length === 0) return [`${what} names no test`];
  return proofs.flatMap((proof) => complaintAbout(proof) ?? []).map((complaint) => `${what}: ${complaint}`);
}

describe('docs/reference/features.md', () => {
  const rows = rowsOf(readFileSync(join(repository, 'docs/reference/features.md'), 'utf8'));

  it.each(Object.entries(counts))('has all rows of the table %s', (table, count) => {
    expect(rows.filter((row) => row.table === table)).toHaveLength(count);
  });

  it('says of every row what shows it, or why not', () => {
    expect(rows.flatMap(complaintsAbout)).toEqual([]);
  });
});

describe('a row of the features', () => {
  const row: Row = {
    table: 'Features',
    what: 'Retry',
    ours: 'yes',
    how: 'retry',
    test: '`test/features.test.ts` “has all rows of the table”',
  };

  it('is good when its test exists', () => {
    expect(complaintsAbout(row)).toEqual([]);
  });

  const missing = ['no', 'such', 'title'].join(' ');

  it.each([
    [{ ours: 'perhaps' }, 'Retry: ours is perhaps, neither yes, no nor planned'],
    [{ how: '' }, 'Retry does not say how'],
    [{ ours: 'no', how: '' }, 'Retry does not say why not'],
    [{ test: '' }, 'Retry names no test'],
    [
      { test: `\`test/features.test.ts\` “${missing}”` },
      `Retry: test/features.test.ts has no test “${missing}”`,
    ],
  ])('is told: %j', (change, complaint) => {
    expect(complaintsAbout({ ...row, ...change })).toEqual([complaint]);
  });
});
