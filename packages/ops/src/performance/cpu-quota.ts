import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * How many cores this process may use: those of the machine, or less where a cgroup (version 1 or 2) limits it or one
 * above it. `root` is where the machine's files are.
 */
export function availableCores(root = '/'): number {
  const cgroup = lineOf(join(root, 'proc/self/cgroup'), /^0::(.*)$/m) ?? '/';
  const quotas = [cores('cpu.cfs_quota_us', 'cpu.cfs_period_us')];
  for (let path = cgroup; ; path = dirname(path)) {
    const [, quota, period] = /^(\d+) (\d+)/.exec(textOf(join(root, 'sys/fs/cgroup', path, 'cpu.max'))) ?? [];
    quotas.push(Number(quota) / Number(period));
    if (path === dirname(path)) break;
  }
  return Math.min(allowedCores(root), ...quotas.filter((quota) => quota > 0));

  function cores(quotaFile: string, periodFile: string): number {
    const [quota, period] = [quotaFile, periodFile].map((file) =>
      Number.parseInt(textOf(join(root, 'sys/fs/cgroup/cpu', file)), 10),
    );
    return Number(quota) / Number(period);
  }
}

/**
 * Those that the scheduler may give it. Not the host's `availableParallelism`, which cuts a quota of 1.25 cores to 1
 * (nodejs/node#59200), and takes the weight of a pod without requests for a quota (libuv#4740).
 */
function allowedCores(root: string): number {
  const list = lineOf(join(root, 'proc/self/status'), /^Cpus_allowed_list:\s*([\d,-]+)$/m);
  if (list === undefined) return availableParallelism();
  const ranges = list.split(',').map((range) => range.split('-').map(Number));
  return ranges.reduce((sum, [first = 0, last = first]) => sum + last - first + 1, 0);
}

function lineOf(path: string, pattern: RegExp): string | undefined {
  return pattern.exec(textOf(path))?.[1];
}

/** Not every machine has these files. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
