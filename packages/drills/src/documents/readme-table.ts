import { type Drill, defaultLimits } from '../drill/index.ts';
import { asCell, cellsOf, headOf, rowOf } from './markdown-table.ts';
import type { MeasuredDrill } from './measured-drills.ts';
import { recoveryTime, recoveryTimeProblem } from './recovery-time.ts';

/** What a README tells of a drill. */
export type DocumentedDrill = Pick<Drill, 'name' | 'fault' | 'recovers' | 'notices' | 'limits'>;

export interface ReadmeTableOptions {
  /** The text of the README, with `<!-- drills: begin -->` and `<!-- drills: end -->` where the table is. */
  readonly readme: string;
  readonly drills: readonly DocumentedDrill[];
  /** Results of these drills, all ok. A fault of whose drills not all are there keeps the time that the README says. */
  readonly measured?: readonly MeasuredDrill[];
}

/**
 * The README of a system with its table as the drills say it: fault → recovery → what a user notices → measured
 * recovery time, in the order of the drills. Drills of one fault share a row. Of its own result it makes the same
 * again. Throws a TypeError when the README has no place for the table, or when a drill was not ok.
 */
export function readmeTable({ readme, drills, measured = [] }: ReadmeTableOptions): string {
  const { before, table, after } = dividedAt(readme);
  const kept = recoveryTimesIn(table);
  const rows = faultsOf(drills).map(({ title, drills, limitMs }) => {
    const results = drills.map((drill) => resultOf(drill, measured));
    const known = results.filter((result) => result !== undefined);
    const time = known.length === drills.length ? recoveryTime(known, limitMs) : (kept.get(title) ?? '');
    return rowOf([title, merged(drills, 'recovers'), merged(drills, 'notices'), time]);
  });
  return [before, ...HEAD, ...rows, after].join('\n');
}

/**
 * What is wrong with the table of a README, in words; empty when nothing is. All must be as the drills say it, except
 * the measured times, of which each must be there and within the limit of its drill.
 */
export function readmeTableProblems({
  readme,
  drills,
}: Pick<ReadmeTableOptions, 'readme' | 'drills'>): string[] {
  if (!hasPlace(readme)) return [NO_PLACE];
  const problems = readmeTable({ readme, drills }) === readme ? [] : ['the table is not what the drills say'];
  const times = recoveryTimesIn(dividedAt(readme).table);
  for (const { title, drills: sharing, limitMs } of faultsOf(drills)) {
    const autoRecoverable = sharing[0]?.fault.declaration.autoRecoverable ?? true;
    const problem = recoveryTimeProblem(times.get(title) ?? '', { limitMs, autoRecoverable });
    if (problem !== undefined) problems.push(`${title} ${problem}`);
  }
  return problems;
}

const BEGIN = '<!-- drills: begin -->';
const END = '<!-- drills: end -->';
const HEAD = headOf(['fault', 'recovery', 'what a user notices', 'recovery time']);
const NO_PLACE = `a README needs a line ${BEGIN} and after it a line ${END}, where the table will be`;

interface DocumentedFault {
  /** The code, with its system where the drills are of faults of several. */
  readonly title: string;
  readonly drills: readonly DocumentedDrill[];
  /** The greatest of its drills. */
  readonly limitMs: number;
}

function faultsOf(drills: readonly DocumentedDrill[]): DocumentedFault[] {
  const systems = new Set(drills.map(({ fault }) => fault.system));
  const byTitle = Map.groupBy(drills, ({ fault: { system, code } }) =>
    systems.size > 1 ? `${system} ${code}` : code,
  );
  return [...byTitle].map(([title, sharing]) => ({
    title,
    drills: sharing,
    limitMs: Math.max(...sharing.map(({ limits }) => limits?.recoveryMs ?? defaultLimits.recoveryMs)),
  }));
}

function hasPlace(readme: string): boolean {
  const begin = readme.indexOf(BEGIN);
  return begin !== -1 && readme.indexOf(END) > begin;
}

function dividedAt(readme: string): { before: string; table: string; after: string } {
  if (!hasPlace(readme)) throw new TypeError(NO_PLACE);
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  return {
    before: readme.slice(0, begin + BEGIN.length),
    table: readme.slice(begin + BEGIN.length, end),
    after: readme.slice(end),
  };
}

function recoveryTimesIn(table: string): Map<string, string> {
  const rows = table.split('\n').flatMap((line) => [cellsOf(line) ?? []]);
  return new Map(rows.flatMap(([title, , , time]) => (title && time ? [[title, time]] : [])));
}

function resultOf(
  { name, fault }: DocumentedDrill,
  measured: readonly MeasuredDrill[],
): MeasuredDrill | undefined {
  const result = measured.findLast(({ system, drill }) => system === fault.system && drill === name);
  if (result === undefined || result.ok) return result;
  throw new TypeError(
    `${fault.system}/${name} was not ok, and only what was proven is documented; mend it, and drill again`,
  );
}

function merged(drills: readonly DocumentedDrill[], what: 'recovers' | 'notices'): string {
  return [...new Set(drills.map((drill) => asCell(drill[what])))].join('; ');
}
