import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { drillFaults } from '../drill-faults.ts';
import { type UndoCommand, undoing, watchdog } from '../injection/index.ts';

const run = promisify(execFile);
const MiB = 2 ** 20;

/**
 * `tmpfs`: in memory. `image`: ext4 in a file, which can also stall (`slowDisk`). Both are mounted, for which it takes
 * root's privileges. `folder`: a folder like any other, where these are missing; it is as large as its disk.
 */
export type DiskKind = 'tmpfs' | 'image' | 'folder';

export interface SmallDiskOptions {
  /** 1 to 256 MiB. Default 8 MiB. A filesystem takes a part of an image for itself. */
  readonly sizeBytes?: number;
  /** Default: `tmpfs`, and `folder` where that cannot be mounted. */
  readonly kind?: DiskKind | undefined;
}

/** A disk of a drill's own, to keep a subject's files on, and to be broken with `fullDisk` and the like. */
export interface SmallDisk extends AsyncDisposable {
  /** The folder where it is mounted; empty at first. */
  readonly path: string;
  readonly kind: DiskKind;
  readonly sizeBytes: number;
  /** Removes it with all that is on it, as does the end of this process. Idempotent. */
  close(): Promise<void>;
}

/** Rejects with PRIVILEGE_MISSING when the kind that was asked for cannot be mounted. */
export async function smallDisk({ sizeBytes = 8 * MiB, kind }: SmallDiskOptions = {}): Promise<SmallDisk> {
  if (!(Number.isInteger(sizeBytes) && sizeBytes >= MiB && sizeBytes <= 256 * MiB)) {
    throw new RangeError(`sizeBytes must be whole, and 1 to 256 MiB; got ${sizeBytes}`);
  }
  if (kind !== undefined) return mounted(kind, sizeBytes);
  return mounted('tmpfs', sizeBytes).catch(() => mounted('folder', sizeBytes));
}

async function mounted(kind: DiskKind, sizeBytes: number): Promise<SmallDisk> {
  const outer = realpathSync(mkdtempSync(join(tmpdir(), 'sustain-disk-')));
  const path = join(outer, 'disk');
  const undo: UndoCommand[] = [
    { undo: 'thaw', path },
    { undo: 'unmount', path },
    { undo: 'remove', path: outer },
  ];
  const forget = watchdog().guard(undo);
  const remove = () => undoing(undo)().then(forget);
  mkdirSync(path);
  try {
    if (kind === 'tmpfs') await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', path]);
    if (kind === 'image') await mountImage(join(outer, 'image'), sizeBytes, path);
  } catch (error) {
    await remove();
    const needs = 'mount and mkfs.ext4, and the privileges of root (CAP_SYS_ADMIN)';
    const cure = 'run it as root, or let `kind` be `folder`';
    throw drillFaults.PRIVILEGE_MISSING({ what: `a disk as ${kind}`, needs, cure }, { cause: error });
  }
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= remove();
    return closed;
  };
  return { path, kind, sizeBytes, close, [Symbol.asyncDispose]: close };
}

async function mountImage(image: string, sizeBytes: number, path: string): Promise<void> {
  writeFileSync(image, '');
  truncateSync(image, sizeBytes);
  await run('mkfs.ext4', ['-q', '-m', '0', '-O', '^has_journal', image]); // no blocks kept for root
  await run('mount', ['-o', 'loop', image, path]);
}
