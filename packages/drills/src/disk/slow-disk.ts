import { join } from 'node:path';
import type { Injection } from '../injection/index.ts';
import { type BreakOptions, runBeside } from '../processes/index.ts';
import type { SmallDisk } from './small-disk.ts';

export interface SlowDiskOptions extends BreakOptions {
  /** How long nothing is written, again and again. 10 to 60,000 ms. Default 200. */
  readonly stallMs?: number;
  /** How long it goes well in between. 10 to 60,000 ms. Default 50. */
  readonly pauseMs?: number;
  /** Where the disk cannot stall: how many processes write and sync beside, up to 64 MiB each. 1 to 16. Default 4. */
  readonly writers?: number;
}

/**
 * The disk stalls again and again: who writes, makes files or syncs waits up to `stallMs`, reading goes on (fsfreeze).
 * For a disk of the kind `image`. A `folder` cannot stall; beside it processes write and sync as much as the disk below
 * takes: how slow that makes it is up to the machine. Throws a TypeError for `tmpfs`, which is never slow.
 */
export function slowDisk(disk: SmallDisk, options: SlowDiskOptions = {}): Injection {
  const { stallMs = 200, pauseMs = 50, writers = 4, ...rest } = options;
  for (const [name, timeMs] of Object.entries({ stallMs, pauseMs })) {
    if (!(timeMs >= 10 && timeMs <= 60_000))
      throw new RangeError(`${name} must be 10 to 60,000; got ${timeMs}`);
  }
  if (!(Number.isInteger(writers) && writers >= 1 && writers <= 16)) {
    throw new RangeError(`writers must be 1 to 16; got ${writers}`);
  }
  if (disk.kind === 'tmpfs')
    throw new TypeError('a tmpfs cannot be slow; make the disk an image, or a folder');
  return disk.kind === 'image' ? stalling(disk.path, stallMs, pauseMs, rest) : busy(disk.path, writers, rest);
}

/** In a process of its own: this one may wait for the disk. */
const STALL = 'while :; do fsfreeze -f "$0"; sleep "$1"; fsfreeze -u "$0"; sleep "$2"; done';
const WRITE = 'while :; do dd if=/dev/zero of="$0" bs=1M count=64 conv=fsync; done';

function stalling(path: string, stallMs: number, pauseMs: number, options: BreakOptions): Injection {
  const command = ['sh', '-c', STALL, path, `${stallMs / 1000}`, `${pauseMs / 1000}`];
  const what = `a disk that stalls for ${stallMs} ms after every ${pauseMs} ms`;
  return runBeside([command], { ...options, what, afterwards: [{ undo: 'thaw', path }] });
}

function busy(path: string, writers: number, options: BreakOptions): Injection {
  const files = Array.from({ length: writers }, (_, index) => join(path, `.writer-${index + 1}`));
  const commands = files.map((file) => ['sh', '-c', WRITE, file]);
  const substitute = `${writers} processes that write and sync on the same disk`;
  const afterwards = files.map((file) => ({ undo: 'remove', path: file }) as const);
  return runBeside(commands, { ...options, what: 'a slow disk', substitute, afterwards });
}
