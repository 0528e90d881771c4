import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DrillResult, type DrillSummary, isRunning, times } from '@sustain/drills';
import { slowness } from '@sustain/drills/load';
import { describe, expect, test } from 'vitest';
import { allSuites } from '../src/drill/suites.ts';
import { emptyFolder, start, sustain } from './running-sustain.fixture.ts';

type Line = Pick<DrillResult, 'system' | 'drill' | 'ok' | 'recoveryMs'> & { readonly state?: string };

describe('sustain drill', () => {
  test('covers every declared fault, recovers from all without a person, processes and networks in less than a second', async () => {
    const folder = emptyFolder();
    const report = join(folder, 'report.html');
    const { stdout, stderr, code } = await sustain('drill', '--json', '--seed', 'ci', '--report', report);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const drills = lines.slice(0, -1) as Line[];
    const { summary } = lines.at(-1) as { summary: DrillSummary };
    process.stdout.write(`  ${JSON.stringify(summary)}\n`);

    expect(drills.filter(({ ok }) => ok !== true)).toEqual([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(Object.keys(drills[0] as object)).toEqual([
      'system',
      'fault',
      'drill',
      'ok',
      'recovered',
      'fallback',
      'detectMs',
      'recoveryMs',
      'restoreMs',
      'detail',
    ]);
    expect(summary).toMatchObject({
      drills: drills.length,
      ok: drills.length,
      faultsCovered: summary.faultsDeclared,
      automatedRecovery: 1,
      unhandled: 0,
      contextLost: 0,
    });
    expect(summary.faultsDeclared).toBeGreaterThan(100);
    const suites = await allSuites();
    const ofProcessesAndNetworks = new Set(
      suites.flatMap(({ system, drills }) =>
        drills
          .filter(({ kind }) => kind === 'process' || kind === 'network')
          .map(({ name }) => `${system}/${name}`),
      ),
    );
    const recoveries = drills.filter(({ system, drill }) => ofProcessesAndNetworks.has(`${system}/${drill}`));
    expect(recoveries.length).toBeGreaterThan(10);
    expect(times(recoveries.map(({ recoveryMs }) => recoveryMs)).p99).toBeLessThan(1000 * slowness());
    expect(readFileSync(report, 'utf8')).toContain('was broken, and survived');
  }, 600_000);

  test('--sabotage: without its recovery every drill fails', async () => {
    const { stdout, stderr, code } = await sustain('drill', '--sabotage', '--json', '--seed', 'ci');
    const done = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    expect(done.filter(({ state }) => state !== 'failed' && state !== 'died')).toEqual([]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(done.length).toBeGreaterThan(100);
  }, 900_000);

  test('exits with 1 and says why when a drill fails: here nothing is tried again', async () => {
    const edit = JSON.stringify({
      url: new URL('../../packages/kernel/src/policies/retry/retry.ts', import.meta.url).href,
      replace: "if (attempts >= maxAttempts) return 'attempts';",
      by: "return 'attempts';",
    });
    const hook = new URL('../../packages/drills/src/sabotage/edit-hook.ts', import.meta.url);
    const env = { SUSTAIN_SABOTAGE: edit, NODE_OPTIONS: `--import ${hook}` };
    const run = start(['drill', 'first-attempt-hangs'], { env });
    expect(await run.exit).toEqual({ code: 1, signal: null });
    expect(run.stdout()).toMatch(/FAIL policies\/first-attempt-hangs/);
    expect(run.stdout()).toMatch(/again: sustain drill policies\/first-attempt-hangs --seed \w+/);
    expect(run.stderr()).toMatch(/1 of 1 drills failed/);
  });

  test('Ctrl-C ends it with 130, and what was broken is mended', async () => {
    const run = start(['drill', 'auralis']);
    // A system that is just being started, in most runs: it must be closed all the same.
    const children: number[] = [];
    await expect.poll(() => children.push(...run.children()), { timeout: 30_000 }).not.toBe(0);
    run.child.kill('SIGINT');
    expect(await run.exit).toEqual({ code: 130, signal: null });
    expect(run.stderr()).toBe('');
    await expect.poll(() => children.filter(isRunning)).toEqual([]);
  });

  test('--report shows what was asked for, and nothing else', async () => {
    const report = join(emptyFolder(), 'report.html');
    expect(await sustain('drill', 'first-attempt-hangs', '--report', report)).toMatchObject({ code: 0 });
    const page = readFileSync(report, 'utf8');
    expect(page).toContain('TIMED_OUT');
    expect(page).not.toContain('has no drill');
  });

  test('tells a wrong name, a wrong seed and a report that cannot be written, before it breaks anything', async () => {
    const wrongName = await sustain('drill', 'auralis/nonsense');
    expect(wrongName).toMatchObject({ code: 1, stdout: '' });
    expect(wrongName.stderr).toMatch(/no system, drill or fault named "auralis\/nonsense"/);
    expect(await sustain('drill', '--seed', 'a b')).toMatchObject({ code: 2 });
    expect(await sustain('drill', '--sabotage', '--report', 'report.html')).toMatchObject({ code: 2 });
    const folder = emptyFolder();
    const nowhere = await sustain('drill', '--report', join(folder, 'missing', 'report.html'));
    expect(nowhere).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('ENOENT') });
    const onFolder = await sustain('drill', '--report', folder);
    expect(onFolder).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('EISDIR') });
  });

  test('--list names every drill, its fault, and what it breaks', async () => {
    const { stdout, code } = await sustain('drill', '--list', 'policies');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^policies\/first-attempt-hangs +TIMED_OUT +the first attempt of every call never answers$/m,
    );
  });
});
