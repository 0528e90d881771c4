import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SimulatedClock } from '@sustain/kernel';
import { afterEach, expect, test } from 'vitest';
import { availableCores, cpuMeter } from '../../performance/index.ts';
import { cpuCheck } from '../index.ts';

const roots: string[] = [];
afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true });
});

/** A machine with these files. */
function machine(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), 'sustain-cgroup-'));
  roots.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function checked(options: Parameters<typeof cpuCheck>[0] = {}) {
  const clock = new SimulatedClock();
  let usedMicros = 5_000_000;
  const check = cpuCheck({
    clock,
    cores: 2,
    usedMicros: () => usedMicros,
    degradedAtLoadPerCore: 1e9,
    ...options,
  });
  return async (passMs: number, useMs: number) => {
    await clock.advance(passMs);
    usedMicros += useMs * 1000;
    return check.check(AbortSignal.abort());
  };
}

test('seed 001: degraded from 90 % of the time of all its cores on, since the look before', async () => {
  const look = checked();
  expect(await look(10_000, 17_900)).toEqual({ status: 'healthy', observed: { value: 0.895, unit: '1' } });
  expect(await look(10_000, 18_000)).toMatchObject({
    status: 'degraded',
    message: 'this process uses 90 % of the processor time that it may have (2 cores)',
  });
  expect(await look(10_000, 0)).toMatchObject({ status: 'healthy', observed: { value: 0 } });
});

test('seed 002: what is asked again within a second is answered as before, not by a moment', async () => {
  const look = checked();
  await look(1000, 2000);
  expect(await look(1, 0)).toMatchObject({ status: 'degraded', observed: { value: 1 } });
  expect(await look(999, 0)).toMatchObject({ status: 'healthy', observed: { value: 0 } });
});

test('others that take the time degrade as well; unhealthy only who asks for it', async () => {
  expect(await checked({ degradedAtLoadPerCore: 1e-9 })(1000, 0)).toMatchObject({ status: 'degraded' });
  expect((await checked({ unhealthyAt: 0.99 })(1000, 2000)).status).toBe('unhealthy');
});

test.each<[string, Record<string, string>, number]>([
  ['half a core of cgroup 2', { 'sys/fs/cgroup/cpu.max': '50000 100000\n' }, 0.5],
  ['no quota', { 'sys/fs/cgroup/cpu.max': 'max 100000\n' }, availableParallelism()],
  [
    'the least of its cgroup and those above it',
    {
      'proc/self/cgroup': '9:pids:/\n0::/pod/app\n',
      'sys/fs/cgroup/pod/app/cpu.max': '80000 100000\n',
      'sys/fs/cgroup/pod/cpu.max': '25000 100000\n',
    },
    0.25,
  ],
  [
    'cgroup 1',
    {
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '75000\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    0.75,
  ],
  [
    'cgroup 1 without a quota',
    { 'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n', 'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n' },
    availableParallelism(),
  ],
  ['no cgroups', {}, availableParallelism()],
])('the cores that a process may use: %s', (_, files, cores) => {
  expect(availableCores(machine(files))).toBe(cores);
});

test('real time of this process is measured', () => {
  expect(cpuMeter()()).toEqual({
    usedRatio: 0,
    loadPerCore: expect.any(Number),
    cores: expect.any(Number),
  });
});
