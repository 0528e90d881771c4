import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { systemClock } from '@sustain/kernel';
import { afterEach, expect, test } from 'vitest';
import { processCheck } from '../index.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(command: string): ChildProcess {
  const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  return child;
}

async function look(check: ReturnType<typeof processCheck>) {
  return check.check(AbortSignal.abort());
}

/** Waits until the host says that a process is in this state. */
async function until(pid: number, state: string): Promise<void> {
  while (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes(`) ${state} `)) await systemClock.sleep(2);
}

test.each([undefined, 0, -1])(
  'pid %s is no process, though the host knows groups by such numbers',
  async (pid) => {
    expect(await look(processCheck({ pid: () => pid }))).toMatchObject({ status: 'unhealthy' });
  },
);

test('a process that runs is healthy, and unhealthy when it was killed', async () => {
  const child = start('exec sleep 60');
  const check = processCheck({ pid: () => child.pid });
  expect(await look(check)).toEqual({ status: 'healthy', observed: { value: child.pid, unit: 'pid' } });
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await look(check)).toMatchObject({
    status: 'unhealthy',
    message: `process ${child.pid} does not run`,
  });
});

test('a process that was stopped is degraded', async () => {
  const child = start('exec sleep 60');
  const pid = child.pid as number;
  child.kill('SIGSTOP');
  await until(pid, 'T');
  expect(await look(processCheck({ pid: () => pid }))).toMatchObject({
    status: 'degraded',
    message: expect.stringContaining('SIGCONT'),
  });
});

test('a zombie has ended, though it can be signalled', async () => {
  // Its parent is a shell until that becomes another program, which asks about nobody.
  const child = start('sleep 60 & echo $!; exec sleep 60');
  const [line] = await once(child.stdout as NodeJS.ReadableStream, 'data');
  const pid = Number(line);
  while (readFileSync(`/proc/${child.pid}/comm`, 'utf8') !== 'sleep\n') await systemClock.sleep(2);
  process.kill(pid, 'SIGKILL');
  await until(pid, 'Z');
  expect(process.kill(pid, 0)).toBe(true);
  expect(await look(processCheck({ pid: () => pid }))).toMatchObject({
    status: 'unhealthy',
    message: `process ${pid} has ended`,
  });
});

test('a process that there is not, yet or any more, is unhealthy; one of another user is there', async () => {
  expect(await look(processCheck({ pid: () => undefined }))).toMatchObject({ message: 'it does not run' });
  expect(await look(processCheck({ pid: () => 1 }))).toMatchObject({ status: 'healthy' });
});
