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
  return Math.min(availableParallelism(), ...quotas.filter((quota) => quota > 0));

  function cores(quotaFile: string, periodFile: string): number {
    const [quota, period] = [quotaFile, periodFile].map((file) =>
      Number.parseInt(textOf(join(root, 'sys/fs/cgroup/cpu', file)), 10),
    );
    return Number(quota) / Number(period);
  }
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
