import { seededRandom } from '@sustain/kernel';
import { describe, expect, it, test } from 'vitest';
import type { DrillResult } from '../drill/index.ts';
import { verdictOf } from './headline.ts';
import { reportHtml } from './index.ts';
import { outcomeOf } from './outcome.ts';
import { someFaults, someResults, summaryOf } from './results.fixture.ts';

const faults = someFaults(2);
const report = (results: readonly DrillResult[]) =>
  reportHtml({ results, summary: summaryOf(faults, results), seed: 7, startedWallMs: 0, faults });

describe('the outcome of a drill', () => {
  test.each([
    [{ ok: true, recovered: true, fallback: false }, 'recovered'],
    [{ ok: true, recovered: true, fallback: true }, 'fallback'],
    [{ ok: true, recovered: false, fallback: false }, 'person'],
    [{ ok: false, recovered: true, fallback: true }, 'failed'],
  ])('%j is %s', (result, outcome) => expect(outcomeOf(result)).toBe(outcome));
});

describe('the verdict', () => {
  const summary = summaryOf(faults, []);
  test.each([
    [{ drills: 0, ok: 0, faultsDeclared: 2, faultsCovered: 0 }, 'No drill was run.'],
    [
      { drills: 9, ok: 9, faultsDeclared: 1, faultsCovered: 1 },
      'Every one of 1 declared fault was broken, and survived.',
    ],
    [{ drills: 9, ok: 8, faultsDeclared: 7, faultsCovered: 7 }, '1 of 9 drills failed.'],
    [
      { drills: 1, ok: 1, faultsDeclared: 7, faultsCovered: 1 },
      '1 drill ok; 6 of 7 declared faults not covered.',
    ],
  ])('of %j is: %s', (figures, text) => {
    expect(verdictOf({ ...summary, ...figures }).text).toBe(text);
    expect(verdictOf({ ...summary, ...figures }).ok).toBe(text.startsWith('Every'));
  });
});

describe('the report', () => {
  it('is the same for the same drills', () => {
    const page = () => report(someResults(faults, 40, seededRandom(3)));
    expect(page()).toBe(page());
  });

  it('is a page also when nothing was run, or nothing measured', () => {
    expect(report([])).toContain('No drill was run.');
    const [result] = someResults(faults, 1, seededRandom(3)) as [DrillResult];
    const unmeasured = {
      ...result,
      ok: false,
      detectMs: null,
      recoveryMs: null,
      restoreMs: null,
      timeline: [],
    };
    expect(report([unmeasured])).toContain('never');
  });

  it('loads nothing from elsewhere, and has no style or script in its markup', () => {
    const page = report(someResults(faults, 40, seededRandom(3)));
    expect(page).not.toMatch(/https?:|\/\/|@import|<link|<img|<iframe|\son\w+=|\sstyle=/);
  });

  it('tells of a fault that a drill names and nobody has declared', () => {
    const [result] = someResults(faults, 1, seededRandom(3)) as [DrillResult];
    expect(report([{ ...result, fault: 'FORGOTTEN' }])).toMatch(
      /FORGOTTEN<\/a><\/th><td class="soft">not declared/,
    );
  });

  it('of 1,000 drills has less than 3 MB', () => {
    const page = report(someResults(faults, 1000, seededRandom(3)));
    expect(Buffer.byteLength(page)).toBeLessThan(3_000_000);
  });
});
