import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sustain/kernel';
import { describe, expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

describe('sustain', () => {
  test('up prints where it is, answers its health, and ends cleanly on Ctrl-C, leaving no process behind', async () => {
    const run = start(['up', '--port', '0', '--seed', 'test']);
    const url = await run.printed(/health {3}(http:\/\/127\.0\.0\.1:\d+)\/health/);
    expect(run.output()).toContain(`${url}/auralis/`);

    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(200);
    expect(health.headers.get('content-type')).toContain('application/health+json');
    expect(await health.json()).toMatchObject({
      // Of the machine itself: a busy one warns, and is still healthy.
      status: expect.stringMatching(/^(pass|warn)$/),
      checks: { 'auralis:synthesis': [{ status: 'pass' }], 'auralis:buffer': [{ status: 'pass' }] },
    });
    const metrics = await fetch(`${url}/metrics`);
    expect(await metrics.text()).toMatch(/^sustain_child_up\{supervisor="studio",child="auralis"\} 1$/m);
    const player = await fetch(`${url}/auralis/`);
    expect(player.status).toBe(200);
    expect(await player.text()).toContain('<title>');

    const children = await childrenOf(run.child.pid as number);
    expect(children.length).toBeGreaterThan(0);
    run.child.kill('SIGINT');
    expect(await run.exit).toEqual({ code: 0, signal: null });
    expect(children.filter(isAlive)).toEqual([]);
  }, 30_000);

  test('a second Ctrl-C ends it at once, when the stop takes long', async () => {
    const run = start(['up', '--port', '0']);
    await run.printed(/Ctrl-C stops it/);
    const [synthesis] = await childrenOf(run.child.pid as number);
    process.kill(synthesis as number, 'SIGSTOP'); // It will not hear SIGTERM.
    run.child.kill('SIGINT');
    await systemClock.sleep(700); // A Ctrl-C sooner than 0.5 s after the first counts as the same.
    run.child.kill('SIGINT');
    expect(await run.exit).toEqual({ code: 130, signal: null });
    await expect.poll(() => isAlive(synthesis as number)).toBe(false);
  }, 30_000);

  test('a Ctrl-C while it starts is heard', async () => {
    const run = start(['up', '--port', '0']);
    while ((await childrenOf(run.child.pid as number)).length === 0) await systemClock.sleep(5);
    const [synthesis] = await childrenOf(run.child.pid as number);
    process.kill(synthesis as number, 'SIGSTOP');
    run.child.kill('SIGINT');
    expect(await run.exit).toEqual({ code: 0, signal: null });
    expect(run.output()).not.toContain('sustain is up');
  }, 30_000);

  test('it plays on when nobody reads what it prints', async () => {
    const run = start(['up', '--port', '0']);
    const url = await run.printed(/health {3}(http:\/\/127\.0\.0\.1:\d+)\/health/);
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    const [before] = await childrenOf(run.child.pid as number);
    process.kill(before as number, 'SIGKILL');
    let after = before;
    while (after === before || after === undefined) [after] = await childrenOf(run.child.pid as number);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    run.child.kill('SIGINT');
    expect(await run.exit).toEqual({ code: 0, signal: null });
  }, 30_000);

  test('what happens to its parts stands in the log that sustain logs reads, and in the metrics', async () => {
    const run = start(['up', '--port', '0']);
    const url = await run.printed(/health {3}(http:\/\/127\.0\.0\.1:\d+)\/health/);
    const [synthesis] = await childrenOf(run.child.pid as number);
    process.kill(synthesis as number, 'SIGKILL');
    await run.printed(/(synthesis is up again)/);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain(
      'sustain_child_restarts_total{supervisor="studio/auralis",child="synthesis"} 1',
    );
    run.child.kill('SIGINT');
    await run.exit;
    const reader = start(['logs', 'analyze', '--json', '--folder', join(run.cwd, 'logs')]);
    expect(await reader.exit).toEqual({ code: 0, signal: null });
    expect(JSON.parse(reader.output()).faults).toContainEqual(
      expect.objectContaining({ errorCode: 'PROCESS_EXITED', module: 'studio/auralis', count: 1 }),
    );
  }, 30_000);

  test('a wrong configuration is told with place and cure, before anything starts', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sustain-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'sustain.yaml');
    writeFileSync(file, 'logging:\n  levle: INFO\nserver:\n  port: 99999\n');
    const run = start(['up', '--config', file]);
    expect(await run.exit).toEqual({ code: 1, signal: null });
    expect(run.output()).toMatch(
      /logging\.levle is not a setting: did you mean "level"\? \(.*line 2, column 3\)/,
    );
    expect(run.output()).toMatch(/server\.port must be a whole number from 0 to 65535; got 99999/);
  }, 30_000);

  test('a port that is taken is told with the cure', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => {
      other.close();
    });
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const run = start(['up', '--port', String(port)]);
    expect(await run.exit).toEqual({ code: 1, signal: null });
    expect(run.output()).toMatch(new RegExp(`port ${port} .*in use.*SUSTAIN_PORT`));
  }, 30_000);

  test.each([
    [['--help'], 0, /Usage: sustain/],
    [['up', '--help'], 0, /--seed <text>/],
    [['--version'], 0, /^\d+\.\d+\.\d+/],
    [[], 2, /Usage: sustain/],
    [['--loud'], 2, /unknown option '--loud'[\s\S]*--help/],
    [['upp'], 2, /unknown command 'upp'/],
    [['up', 'aurora'], 2, /there are: auralis/],
    [['up', '--port', '99999'], 2, /a port is a whole number from 0 to 65535/],
    [['up', '--host', '0.0.0.0'], 1, /refusing to listen on 0\.0\.0\.0/],
  ])('%j exits with %d', async (args, code, says) => {
    const run = start(args);
    expect(await run.exit).toEqual({ code, signal: null });
    expect(run.output()).toMatch(says);
  });
});

function start(args: readonly string[]) {
  const cwd = mkdtempSync(join(tmpdir(), 'sustain-')); // where it writes its logs
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exit;
    rmSync(cwd, { recursive: true });
  });
  let output = '';
  const watchers = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
      for (const look of watchers) look();
    });
  }
  const exit = once(child, 'close').then(([code, signal]) => ({ code, signal }));
  return {
    child,
    cwd,
    exit,
    output: () => output,
    /** Resolves with the first group of `pattern`, as soon as it is printed; rejects when the program ends without. */
    printed: (pattern: RegExp) =>
      new Promise<string>((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output);
          if (match !== null) resolve(match[1] ?? match[0]);
        };
        watchers.add(look);
        look();
        exit.then(() => reject(new Error(`ended without printing ${pattern}:\n${output}`)), reject);
      }),
  };
}

/** From /proc, since a machine need not have `ps`. */
async function childrenOf(pid: number): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((child) => parentOf(child) === pid);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
  } catch {
    return undefined; // It ended between the two looks.
  }
}

/** A process that has ended and that nobody has asked about yet is not alive. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false; // There is no such process.
  }
}
