import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '@sustain/kernel';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { isRunning, stateOf, tell } from '../process-tree/index.ts';
import { killProcess, paused, signalProcess } from './index.ts';

const open: number[] = [];

afterEach(() => {
  for (const pid of open.splice(0)) tell(pid, 'SIGKILL');
});

/** A shell and what it has started. */
async function family(): Promise<{ parent: ChildProcess; pids: [number, number] }> {
  const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pids: [number, number] = [parent.pid as number, Number(line.toString())];
  open.push(...pids);
  return { parent, pids };
}

const untilStates = (pids: readonly number[], states: readonly string[]) =>
  vi.waitFor(() => expect(pids.map(stateOf)).toEqual(states), { interval: 1 });

describe('a process that is paused', () => {
  test('stands still with all that it has started, until that is ended, once', async () => {
    const { parent, pids } = await family();
    const injection = paused(parent);
    expect(injection.what).toBe(`SIGSTOP to process ${parent.pid}`);
    await untilStates(pids, ['T', 'T']);
    await Promise.all([injection.end(), injection.end()]);
    await untilStates(pids, ['S', 'S']);
    expect(injection.endedBy).toBe('end');
  });

  test('goes on at the hard end, though nobody ended it', async () => {
    const { pids } = await family();
    const startMs = systemClock.monotonicMs();
    const injection = paused(pids[0], { maxMs: 200 });
    await untilStates(pids, ['T', 'T']);
    await untilStates(pids, ['S', 'S']);
    expect(systemClock.monotonicMs() - startMs).toBeGreaterThanOrEqual(199);
    expect(injection.endedBy).toBe('hard-end');
  });

  test('may be killed meanwhile, and what it has started goes on all the same', async () => {
    const { parent, pids } = await family();
    const injection = paused({ name: 'the shell', pid: pids[0] });
    expect(injection.what).toBe('SIGSTOP to the shell');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await injection.end();
    await untilStates([pids[1]], ['S']);
  });
});

describe('a process that is killed', () => {
  test('is gone with all that it has started, also when it is paused', async () => {
    const { parent, pids } = await family();
    const injection = paused(parent);
    await killProcess(parent);
    expect(pids.map(isRunning)).toEqual([false, false]);
    await injection.end(); // nothing is left to mend, and that is no failure
  });

  test('is told one signal, as by another program', async () => {
    const { parent } = await family();
    signalProcess(parent, 'SIGSEGV');
    expect(await once(parent, 'exit')).toEqual([null, 'SIGSEGV']);
  });
});

describe('a process that cannot be broken', () => {
  test('is not stopped by a signal that nobody would take back', async () => {
    const { parent, pids } = await family();
    expect(() => signalProcess(parent, 'SIGSTOP')).toThrow('SIGSTOP has no end of its own; see `paused`');
    await untilStates(pids, ['S', 'S']);
  });

  test('is one that is gone', async () => {
    const { parent } = await family();
    await killProcess(parent);
    await vi.waitFor(() => expect(parent.signalCode).toBe('SIGKILL'));
    expect(() => paused(parent)).toThrow(`process ${parent.pid} cannot be paused: no such process runs`);
    await expect(killProcess({ name: 'redis', pid: undefined })).rejects.toMatchObject({
      code: 'PROCESS_NOT_THERE',
    });
  });

  test('is one that has started this one', () => {
    expect(() => paused(process.ppid)).toThrow('has started this process, so it may not be paused');
  });

  test('for too long goes on', async () => {
    const { parent, pids } = await family();
    expect(() => paused(parent, { maxMs: 0 })).toThrow('maxMs must be 1 to 600000; got 0');
    await untilStates(pids, ['S', 'S']);
  });

  test.each([0, -1, 1, 2.5, Number.NaN, process.pid])('is that with the id %d', (pid) => {
    expect(() => paused(pid)).toThrow('only another process may be paused');
    expect(() => signalProcess(pid, 'SIGTERM')).toThrow('only another process may be sent SIGTERM');
  });
});
