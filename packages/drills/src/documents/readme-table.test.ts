import { defineFaults, fault, severity } from '@sustain/kernel';
import { describe, expect, it, test } from 'vitest';
import {
  type DocumentedDrill,
  type MeasuredDrill,
  measuredDrills,
  readmeTable,
  readmeTableProblems,
} from './index.ts';

const facts = { category: 'test', severity: severity.ERROR, recovery: 'restart', message: 'x' } as const;
const faults = defineFaults('auralis', {
  CRASHED: fault(facts),
  HUNG: fault(facts),
  NOT_BUILT: fault({ ...facts, autoRecoverable: false }),
});

const drills: readonly DocumentedDrill[] = [
  { name: 'killed', fault: faults.CRASHED, recovers: 'the next one is started', notices: 'nothing' },
  {
    name: 'stopped',
    fault: faults.HUNG,
    recovers: 'it is killed',
    notices: 'a fade',
    limits: { recoveryMs: 800 },
  },
  { name: 'exited', fault: faults.CRASHED, recovers: 'the next one is started', notices: 'a gap | once' },
  { name: 'removed', fault: faults.NOT_BUILT, recovers: 'it says what to run', notices: 'no page' },
];
const results: readonly MeasuredDrill[] = [
  { system: 'auralis', drill: 'killed', ok: true, recovered: true, recoveryMs: 12 },
  { system: 'auralis', drill: 'exited', ok: true, recovered: true, recoveryMs: 37.2 },
  { system: 'auralis', drill: 'stopped', ok: true, recovered: true, recoveryMs: 600 },
  { system: 'auralis', drill: 'removed', ok: true, recovered: false, recoveryMs: null },
];
const empty = '# Auralis\n\n<!-- drills: begin -->\n<!-- drills: end -->\n\nMusic.\n';
const written = `# Auralis

<!-- drills: begin -->
| fault | recovery | what a user notices | recovery time |
|---|---|---|---|
| CRASHED | the next one is started | nothing; a gap \\| once | < 50 ms |
| HUNG | it is killed | a fade | < 800 ms |
| NOT_BUILT | it says what to run | no page | by a person |
<!-- drills: end -->

Music.
`;

describe('the table of a README', () => {
  it('is made of the drills and the longest of what they measured, never beyond the limit', () => {
    expect(readmeTable({ readme: empty, drills, measured: results })).toBe(written);
    expect(readmeTable({ readme: written, drills, measured: results })).toBe(written);
  });

  it('keeps the times that it says when none were measured, or not of all drills of a fault', () => {
    expect(readmeTable({ readme: written, drills })).toBe(written);
    const some = results
      .filter(({ drill }) => drill !== 'exited')
      .map((result) => ({ ...result, recoveryMs: 1 }));
    expect(readmeTable({ readme: written, drills, measured: some })).toBe(
      written.replace('< 800 ms', '< 2 ms'),
    );
  });

  it('keeps a time also when the words beside it change, and drops the rows of what is gone', () => {
    const changed = drills.slice(0, 2).map((drill) => ({ ...drill, notices: 'less' }));
    const text = readmeTable({ readme: written, drills: changed });
    expect(text).toContain('| CRASHED | the next one is started | less | < 50 ms |');
    expect(text).not.toContain('NOT_BUILT');
  });

  it('names the system where the drills are of several', () => {
    const other = defineFaults('node', { EXITED: fault(facts) });
    const text = readmeTable({
      readme: empty,
      drills: [...drills, { ...(drills[0] as DocumentedDrill), fault: other.EXITED }],
    });
    expect(text).toContain('| auralis CRASHED |');
    expect(text).toContain('| node EXITED |');
  });

  it('tells of a fault that recovers in one drill and needs a person in another', () => {
    const measured = results.map((result) =>
      result.drill === 'exited' ? { ...result, recovered: false, recoveryMs: null } : result,
    );
    expect(readmeTable({ readme: empty, drills, measured })).toContain('| < 20 ms, or by a person |');
  });

  it('is not made of a drill that failed', () => {
    const failed = results.map((result) => ({ ...result, ok: false }));
    expect(() => readmeTable({ readme: empty, drills, measured: failed })).toThrow(
      'auralis/killed was not ok',
    );
  });

  it.each(['# Auralis\n', '<!-- drills: end -->\n<!-- drills: begin -->'])(
    'needs its place: %j',
    (readme) => {
      expect(() => readmeTable({ readme, drills })).toThrow('<!-- drills: begin -->');
      expect(readmeTableProblems({ readme, drills })).toEqual([
        expect.stringContaining('<!-- drills: begin -->'),
      ]);
    },
  );
});

describe('the check of a README', () => {
  const problems = (from: string, to: string) =>
    readmeTableProblems({ readme: written.replace(from, to), drills });

  it('finds nothing in what was generated, whatever times within the limits it says', () => {
    expect(problems('', '')).toEqual([]);
    expect(problems('< 50 ms', '< 1 s')).toEqual([]);
    expect(problems('by a person', '< 1 ms')).toEqual([]);
  });

  test.each([
    ['| a fade |', '| nothing |', 'the table is not what the drills say'],
    ['| HUNG | it is killed | a fade | < 800 ms |\n', '', 'HUNG has no measured recovery time'],
    ['< 50 ms', '', 'CRASHED has no measured recovery time'],
    ['< 50 ms', '< 2 s', 'CRASHED took 2 s, and its limit is 1 s'],
    ['< 800 ms', '< 801 ms', 'HUNG took 801 ms, and its limit is 800 ms'],
    ['< 50 ms', 'soon', 'CRASHED has no recovery time that can be read; got soon'],
    [
      '< 50 ms',
      '< 50 ms, or by a person',
      'CRASHED is declared to recover by itself, but was measured to need a person',
    ],
  ])('finds %j made %j', (from, to, problem) => expect(problems(from, to)).toContain(problem));
});

describe('the lines of sustain drill --json', () => {
  it('are read, the summary passed over', () => {
    const lines = [...results, { summary: { drills: 4 } }].map((line) => JSON.stringify(line));
    expect(measuredDrills(`${lines.join('\n')}\n`)).toEqual(results);
  });

  it.each(['no', '1', 'null', '{"system":"auralis"}', JSON.stringify({ ...results[0], recoveryMs: '12' })])(
    'are refused with their number: %s',
    (line) => expect(() => measuredDrills(`\n${line}`)).toThrow('line 2 is no result of a drill'),
  );
});
