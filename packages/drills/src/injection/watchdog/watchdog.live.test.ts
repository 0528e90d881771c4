import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@sustain/kernel';
import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  childrenOf,
  commandOf,
  isRunning,
  killTree,
  stateOf,
  statOf,
  tell,
  tellTree,
} from '../../process-tree/index.ts';
import { mountsAt } from './index.ts';
import { isMeant } from './watch-message.ts';

interface Broken {
  readonly pids: readonly number[];
  readonly root: string;
  readonly closed: string;
  readonly mounted: string;
  readonly removed: string;
}

const mounts = canMount();
const left: (() => void)[] = [];

afterEach(() => {
  for (const clean of left.splice(0)) clean();
});

/** Starts a program that breaks things, once its watchdog is up, and answers what it broke before it met its fate. */
async function breaker(
  fate: string,
  { maxMs = 30_000, waits = true } = {},
): Promise<{ runner: ChildProcess; broken: Broken }> {
  const script = fileURLToPath(new URL('./fixtures/breaker.ts', import.meta.url));
  const runner = spawn(process.execPath, [script, fate, mounts ? 'mounts' : '', `${maxMs}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: runner.stdout });
  await once(lines, 'line');
  if (waits) await watchdogOf(runner);
  runner.stdin.write('break\n');
  const [line] = (await once(lines, 'line')) as [string];
  const broken = JSON.parse(line) as Broken;
  left.push(() => {
    runner.kill('SIGKILL');
    for (const pid of broken.pids) tell(pid, 'SIGKILL');
    if (mountsAt(broken.mounted) > 0) execFileSync('umount', ['--lazy', broken.mounted]);
    rmSync(broken.root, { recursive: true, force: true });
  });
  return { runner, broken };
}

/** All that is still broken. */
function damage({ pids, closed, mounted, removed }: Broken): string[] {
  return [
    ...pids.filter((pid) => stateOf(pid) === 'T').map((pid) => `${pid} is stopped`),
    ...((statSync(closed).mode & 0o777) === 0o755 ? [] : ['the folder is closed']),
    ...(mountsAt(mounted) > 0 ? ['it is mounted'] : []),
    ...(existsSync(removed) ? ['the folder is there'] : []),
  ];
}

async function untilMended(broken: Broken, timeout: number): Promise<number> {
  const startMs = systemClock.monotonicMs();
  await vi.waitFor(() => expect(damage(broken)).toEqual([]), { interval: 5, timeout });
  return systemClock.monotonicMs() - startMs;
}

/** The watchdogs that a process has started. */
function watchdogsOf(owner: number): number[] {
  return childrenOf(owner).filter((pid) => commandOf(pid).includes('watchdog-main'));
}

/** The watchdog of a process, once it has come up. */
async function watchdogOf({ pid: owner = 0 }: ChildProcess): Promise<number> {
  const pid = await vi.waitUntil(() => watchdogsOf(owner)[0], { timeout: 10_000 });
  await vi.waitFor(() => expect(catchesHangup(pid)).toBe(true), { timeout: 10_000 });
  return pid;
}

function canMount(): boolean {
  const path = mkdtempSync(join(tmpdir(), 'sustain-probe-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path], { stdio: 'ignore' });
    execFileSync('umount', [path]);
    return true;
  } catch {
    return false; // no privilege
  } finally {
    rmSync(path, { recursive: true });
  }
}

describe('the watchdog', () => {
  test('mends everything within a second of the SIGKILL of its runner', async () => {
    const { runner, broken } = await breaker('waits');
    runner.kill('SIGKILL');
    const tookMs = await untilMended(broken, 10_000);
    console.log(`mended ${tookMs.toFixed(0)} ms after the SIGKILL${mounts ? ', with a mount' : ''}`);
    expect(tookMs).toBeLessThan(1000);
    expect(broken.pids.map(stateOf)).toEqual(['S', 'S']); // continued, not ended
  });

  test('outlives a kill, and a pause, of its runner with all that it has started', async () => {
    const { runner, broken } = await breaker('waits');
    const pid = await watchdogOf(runner);
    tellTree(runner.pid as number, 'SIGSTOP');
    expect(stateOf(pid)).not.toBe('T');
    await killTree(runner.pid as number);
    await untilMended({ ...broken, pids: [] }, 10_000);
  });

  test('mends everything also when its runner kills itself before it has come up', async () => {
    const { runner, broken } = await breaker('killed', { waits: false });
    if (runner.signalCode === null) await once(runner, 'exit');
    expect(runner.signalCode).toBe('SIGKILL');
    const tookMs = await untilMended(broken, 10_000);
    console.log(`mended ${tookMs.toFixed(0)} ms after its end was seen, its own start included`);
  });

  test.each(['stopped', 'blocked'])(
    'mends everything at the hard end of a runner that is %s',
    async (fate) => {
      const { runner, broken } = await breaker(fate, { maxMs: 500 });
      expect(damage(broken)).toHaveLength(mounts ? 5 : 4);
      const tookMs = await untilMended(broken, 10_000);
      console.log(`${fate}: mended ${tookMs.toFixed(0)} ms after it was told, with hard ends at 1000 ms`);
      expect(tookMs).toBeGreaterThan(700);
      expect(tookMs).toBeLessThan(2500);
      expect(isRunning(runner.pid as number)).toBe(true);
    },
  );

  test('does not end by Ctrl-C or by being asked to, as its runner still needs it', async () => {
    const { runner, broken } = await breaker('stopped');
    const pid = await watchdogOf(runner);
    expect(statOf(pid)?.[3]).toBe(`${pid}`); // a session of its own: the terminal does not know it
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) tell(pid, signal);
    runner.kill('SIGKILL');
    await untilMended(broken, 5000);
    await vi.waitFor(() => expect(isRunning(pid)).toBe(false), { timeout: 5000 }); // nothing is left to do
  });

  test('is started again when it is killed, and knows all that was broken before', async () => {
    const { runner, broken } = await breaker('waits');
    const [first = 0] = watchdogsOf(runner.pid as number);
    tell(first, 'SIGKILL');
    await vi.waitFor(() => {
      const [next = first] = watchdogsOf(runner.pid as number).filter(isRunning);
      expect(next).not.toBe(first);
    });
    runner.kill('SIGKILL');
    await untilMended(broken, 5000);
  });

  test('does not keep the program open, and ends with it when there is nothing to do', async () => {
    const injections = new URL('../index.ts', import.meta.url).href;
    const script = `import { watchdog } from '${injections}';
      watchdog().guard([{ undo: 'remove', path: '/nowhere/at/all' }]);
      console.log(process.pid);`;
    const runner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    runner.stderr.on('data', (text) => {
      said += text;
    });
    const [code] = await once(runner, 'close'); // both its own end and that of the watchdog, which has its stderr
    expect({ code, said }).toEqual({ code: 0, said: '' });
  });

  test('mends what it knows also when its runner was killed in the midst of a message', async () => {
    const script = fileURLToPath(new URL('./watchdog-main.ts', import.meta.url));
    const path = mkdtempSync(join(tmpdir(), 'sustain-half-'));
    const known = {
      guard: 1,
      commands: [{ command: { undo: 'remove', path } }],
      hardEndMs: null,
      sentAtMs: 0,
    };
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'inherit', 'inherit'] });
    child.stdin.end(`${JSON.stringify(known)}\n${JSON.stringify(known).slice(0, 20)}`);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(existsSync(path)).toBe(false);
  });

  test('does not take another process for the one whose id it has got', () => {
    const command = { undo: 'end', pid: process.pid, signal: 'SIGTERM' } as const;
    expect(isMeant({ command, start: statOf(process.pid)?.[19] })).toBe(true);
    expect(isMeant({ command, start: '1' })).toBe(false);
  });
});

/** Whether it has a handler for SIGHUP, the first signal; Node has none of its own. */
function catchesHangup(pid: number): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${mask}`) & 1n) !== 0n;
}
