import { open, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import { type Random, systemRandom } from '@sustain/kernel';
import { checkOptions, TEXT, WAIT } from '@sustain/kernel/options';
import type { HealthCheck, HealthResult } from '../health-check.ts';
import { CACHE_OF_WRITES_MS, type CheckOptions, ownFields } from './check-options.ts';

export interface DiskCheckOptions extends CheckOptions {
  /** The folder that is written to. */
  readonly path: string;
  /** Free space below which it is degraded. Bytes, 0 or more. Default 1 GiB. */
  readonly degradedBelowBytes?: number;
  /** Free space below which it is unhealthy. Bytes, 0 or more. Default 100 MiB. */
  readonly unhealthyBelowBytes?: number;
  readonly random?: Random;
}

/**
 * Whether a folder's disk has space that this user may use, and the folder takes a file: it makes one,
 * `.sustain-health-<pid>-<random>`, takes its name away, and only then writes a byte, so that nothing is left of a process
 * that is killed while the disk hangs. In a folder that others may write to, no file of theirs is opened instead.
 */
export function diskCheck(options: DiskCheckOptions): HealthCheck {
  const { path, degradedBelowBytes = 2 ** 30, unhealthyBelowBytes = 100 * 2 ** 20 } = options;
  const { random = systemRandom } = options;
  checkOptions('diskCheck', {
    path: [path, TEXT],
    degradedBelowBytes: [degradedBelowBytes, WAIT],
    unhealthyBelowBytes: [unhealthyBelowBytes, { least: 0, most: degradedBelowBytes }],
  });
  return {
    ...ownFields(options, { name: 'disk', cacheMs: CACHE_OF_WRITES_MS }),
    async check(): Promise<HealthResult> {
      const { bavail, bsize } = await statfs(path);
      const freeBytes = bavail * bsize;
      const observed = { value: freeBytes, unit: 'bytes' };
      const number = Math.floor(random.next() * 2 ** 52).toString(36);
      const error = await write(join(path, `.sustain-health-${process.pid}-${number}`));
      if (error !== undefined) {
        return { status: 'unhealthy', message: `${path} cannot be written: ${error.message}`, observed };
      }
      if (freeBytes >= degradedBelowBytes) return { status: 'healthy', observed };
      const message = `${Math.floor(freeBytes / 2 ** 20)} MiB are free on the disk of ${path}`;
      return { status: freeBytes < unhealthyBelowBytes ? 'unhealthy' : 'degraded', message, observed };
    },
  };
}

/** On disk, not only in memory: some disks are full only then. */
async function write(path: string): Promise<Error | undefined> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await unlink(path);
      await file.write('x');
      await file.datasync();
    } finally {
      await file.close();
    }
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
