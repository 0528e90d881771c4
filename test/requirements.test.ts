import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { complaintAbout, proofsIn, repository } from './documents/proofs.ts';

const here = 'test/requirements.test.ts';

/** How many requirements each of the five documents has. Ids are never renumbered or reused. */
const counts = { S0: 49, S1: 82, S2: 72, S3: 54, S4: 69 } as const;

interface Row {
  readonly id: string;
  readonly what: string;
  readonly where: string;
  readonly test: string;
}

function rowsOf(markdown: string): Row[] {
  return markdown
    .split('\n')
    .filter((line) => /^\| S\d-\d+ \|/.test(line))
    .map((line) => {
      const [, id = '', what = '', where = '', test = ''] = line.split('|').map((cell) => cell.trim());
      return { id, what, where, test };
    });
}

/** What is wrong with a row, if anything. */
function complaintsAbout({ id, what, where, test }: Row): string[] {
  if (what === '') return [`${id} does not say what is required`];
  if (where === 'planned' && test === 'planned') return [];
  if (where === 'planned' || test === 'planned') return [`${id} is planned in one column only`];
  const paths = [...where.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
  const proofs = proofsIn(test);
  return [
    ...(paths.length === 0 ? [`${id} names no path`] : []),
    ...(proofs.length === 0 ? [`${id} names no test`] : []),
    ...paths
      .filter((path) => !existsSync(join(repository, path)))
      .map((path) => `${id}: there is no ${path}`),
    ...proofs.flatMap((proof) => complaintAbout(proof) ?? []).map((complaint) => `${id}: ${complaint}`),
  ];
}

describe('docs/requirements.md', () => {
  const rows = rowsOf(readFileSync(join(repository, 'docs/requirements.md'), 'utf8'));

  it('has every requirement once, in order', () => {
    const ids = Object.entries(counts).flatMap(([seed, count]) =>
      Array.from({ length: count }, (_, index) => `${seed}-${String(index + 1).padStart(2, '0')}`),
    );
    expect(rows.map(({ id }) => id)).toEqual(ids);
  });

  it('names only files and tests that exist', () => {
    expect(rows.flatMap(complaintsAbout)).toEqual([]);
  });
});

describe('a row', () => {
  const row: Row = {
    id: 'S0-01',
    what: 'something',
    where: '`test`',
    test: '`test/requirements.test.ts` “names only files”',
  };

  it('is good when its paths and tests exist', () => {
    expect(complaintsAbout(row)).toEqual([]);
  });

  it.each([
    [{ where: '`packages/nowhere`' }, 'S0-01: there is no packages/nowhere'],
    [
      { test: '`test/nowhere.test.ts` “names only files”' },
      'S0-01: test/nowhere.test.ts has no test “names only files”',
    ],
    [{ test: `\`${here}\` “${'fl'}ies”` }, `S0-01: ${here} has no test “${'fl'}ies”`],
    [{ test: '`docs/requirements.md` “S0-01”' }, 'S0-01: docs/requirements.md has no test “S0-01”'],
    [{ where: 'planned' }, 'S0-01 is planned in one column only'],
    [{ test: 'somewhere' }, 'S0-01 names no test'],
    [{ where: 'somewhere' }, 'S0-01 names no path'],
    [{ what: '' }, 'S0-01 does not say what is required'],
  ])('is told: %j', (change, complaint) => {
    expect(complaintsAbout({ ...row, ...change })).toEqual([complaint]);
  });
});
