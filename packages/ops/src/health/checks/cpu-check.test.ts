import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { SimulatedClock } from '@sustain/kernel';
import { afterEach, expect, test } from 'vitest';
import { availableCores, type CpuUsage, cpuMeter } from '../../performance/index.ts';
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
  [
    'those that it is bound to',
    { 'proc/self/status': 'Name:\tnode\nCpus_allowed_list:\t0-2,5,8-9\nMems_allowed:\t1\n' },
    6,
  ],
  [
    'nodejs/node#59200, one core and a quarter',
    {
      'proc/self/status': 'Cpus_allowed_list:\t0-63\n',
      'sys/fs/cgroup/cpu.max': '125000 100000\n',
    },
    1.25,
  ],
  [
    'libuv#4740, sixteen cores for who has the least weight',
    {
      'proc/self/status': 'Cpus_allowed_list:\t0-63\n',
      'sys/fs/cgroup/cpu.max': '1600000 100000\n',
      'sys/fs/cgroup/cpu.weight': '1\n',
    },
    16,
  ],
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

test.skipIf(process.platform !== 'linux')(
  'the load of a machine is shared by all of its cores, not by those that this process is bound to',
  async () => {
    const program = `import { loadavg } from 'node:os';
      import { cpuMeter } from '@sustain/ops/performance';
      const measure = cpuMeter(), loads = [], found = [];
      for (let each = 0; each < 3; each++) { loads.push(loadavg()[0]); found.push(measure()); }
      console.log(JSON.stringify({ loads, found }));`;
    const node = [process.execPath, '--input-type=module', '-e', program];
    const { stdout } = await promisify(execFile)('taskset', ['-c', '0', ...node], {
      cwd: import.meta.dirname,
    });
    const { loads, found } = JSON.parse(stdout) as { loads: number[]; found: CpuUsage[] };
    expect(found[0]?.cores).toBe(1);
    // The load may have changed within one of the readings.
    expect(found.map(({ loadPerCore }) => loadPerCore)).toContain((loads[1] as number) / cpus().length);
  },
);
