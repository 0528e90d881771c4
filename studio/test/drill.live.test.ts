import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DrillResult, type DrillSummary, times } from '@sustain/drills';
import { describe, expect, onTestFinished, test } from 'vitest';
import { allSuites } from '../src/drill/suites.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

type Line = Pick<DrillResult, 'system' | 'drill' | 'ok' | 'recoveryMs'> & { readonly state?: string };

describe('sustain drill', () => {
  test('covers every declared fault, recovers from all without a person, processes and networks in less than a second', async () => {
    const folder = temporaryFolder();
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
    expect(times(recoveries.map(({ recoveryMs }) => recoveryMs)).p99).toBeLessThan(1000);
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
    const { stdout, stderr, code } = await run(['drill', 'first-attempt-hangs'], env).ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAIL policies\/first-attempt-hangs/);
    expect(stdout).toMatch(/again: sustain drill policies\/first-attempt-hangs --seed \w+/);
    expect(stderr).toMatch(/1 of 1 drills failed/);
  });

  test('Ctrl-C ends it with 130, and what was broken is mended', async () => {
    const { child, ended } = run(['drill', 'auralis']);
    // A system that is just being started, in most runs: it must be closed all the same.
    const children: number[] = [];
    await expect
      .poll(() => children.push(...childrenOf(child.pid as number)), { timeout: 30_000 })
      .not.toBe(0);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130, stderr: '' });
    await expect.poll(() => children.filter(isAlive)).toEqual([]);
  }, 60_000);

  test('--report shows what was asked for, and nothing else', async () => {
    const report = join(temporaryFolder(), 'report.html');
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
    const folder = temporaryFolder();
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

interface Ended {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

function sustain(...args: string[]): Promise<Ended> {
  return run(args).ended;
}

function run(args: string[], env: NodeJS.ProcessEnv = {}): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => ({ ...said, code: code as number | null }));
  return { child, ended };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-drill-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function childrenOf(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => statOf(child)[1] === String(pid));
}

function isAlive(pid: number): boolean {
  const [state] = statOf(pid);
  return state !== undefined && state !== 'Z';
}

function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return []; // it has ended
  }
}
