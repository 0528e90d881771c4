import { closeSync, ftruncateSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Injection, startInjection, type UndoCommand, undoing } from '../injection/index.ts';
import type { BreakOptions, ProcessTarget } from '../processes/index.ts';
import { fileSizeLimited } from './file-size-limited.ts';
import type { SmallDisk } from './small-disk.ts';

export interface FullDiskOptions extends BreakOptions {
  /** How much stays free, about: disks give whole blocks. Default 0. */
  readonly leaveBytes?: number;
  /** Whom it is for where the disk is but a folder. Default this process. */
  readonly processes?: readonly (ProcessTarget | 'this')[];
}

const CHUNK_BYTES = 2 ** 16;

/**
 * The disk is full: writes fail with ENOSPC, save for those that stay within a block that a file has. Free again when it
 * ends. What others remove meanwhile is free, too.
 *
 * A disk that is but a folder cannot be full; there the processes may not write files any more, which is EFBIG
 * (`fileSizeLimited`).
 */
export function fullDisk(disk: SmallDisk, options: FullDiskOptions = {}): Injection {
  const { leaveBytes = 0, processes = ['this'], ...rest } = options;
  if (!(leaveBytes >= 0 && leaveBytes <= disk.sizeBytes)) {
    throw new RangeError(`leaveBytes must be 0 to ${disk.sizeBytes}; got ${leaveBytes}`);
  }
  if (disk.kind === 'folder') return fileSizeLimited(processes, { ...rest, insteadOf: 'a full disk' });
  const filler = join(disk.path, '.filler');
  const undo: UndoCommand[] = [{ undo: 'remove', path: filler }];
  const injection = startInjection({
    ...rest,
    what: `a full disk (${disk.kind} of ${disk.sizeBytes / 2 ** 20} MiB)`,
    undo: undoing(undo),
    ifDead: undo,
  });
  try {
    fill(filler, leaveBytes);
  } catch (error) {
    rmSync(filler, { force: true });
    injection.end().catch(() => undefined); // what is thrown says more
    throw error;
  }
  return injection;
}

/** Until nothing more fits; then takes back what is to stay free. */
function fill(path: string, leaveBytes: number): void {
  const file = openSync(path, 'w');
  try {
    let sizeBytes = 0;
    for (let bytes = CHUNK_BYTES; bytes >= 1; ) {
      const wrote = tryWrite(file, bytes);
      sizeBytes += wrote;
      if (wrote === 0) bytes = Math.floor(bytes / 2);
    }
    if (leaveBytes > 0) ftruncateSync(file, Math.max(0, sizeBytes - leaveBytes));
  } finally {
    closeSync(file);
  }
}

function tryWrite(file: number, bytes: number): number {
  try {
    return writeSync(file, new Uint8Array(bytes));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return 0;
    throw error;
  }
}
