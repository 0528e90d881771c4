import { execFile } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  readdirSync,
  realpathSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { drillFaults } from '../drill-faults.ts';
import { type Injection, mountsAt, startInjection, type UndoCommand, undoing } from '../injection/index.ts';
import type { BreakOptions } from '../processes/index.ts';

const run = promisify(execFile);

/**
 * `mount`: the folder is mounted upon itself, read-only: EROFS, for root as well; it takes root's privileges. The others
 * are substitutes. `immutable`: chattr +i on all in it: EPERM; needs such a filesystem and a privilege. `mode`: chmod:
 * EACCES; root does not care. `obstacle`: a file stands where the folder was: ENOTDIR, for reading, too; always works.
 */
export type ReadOnlyBy = 'mount' | 'immutable' | 'mode' | 'obstacle';

export interface ReadOnlyOptions extends BreakOptions {
  /** Default: the first of them that works. */
  readonly by?: ReadOnlyBy;
}

/**
 * Nothing in a folder can be opened for writing, made or removed, until it ends. Who has a file open may go on writing
 * to it, except with `immutable` on ext4. Rejects with PRIVILEGE_MISSING when `by` does not work here.
 */
export async function readOnly(folder: string, options: ReadOnlyOptions = {}): Promise<Injection> {
  const path = realpathSync(folder);
  if (!lstatSync(path).isDirectory())
    throw new TypeError(`only folders can be made read-only; got ${folder}`);
  const { by, ...rest } = options;
  const failures: unknown[] = [];
  for (const way of by === undefined ? WAYS : [by]) {
    const undo = undoOf(path, way);
    const injection = start(path, way, undo, rest);
    try {
      await BREAK[way](path);
      if (injection.endedBy === undefined) return injection;
    } catch (error) {
      failures.push(error);
    }
    if (injection.endedBy === undefined) await injection.end();
    else {
      await undoing(undo)(); // the hard end came in the midst of it
      return injection;
    }
  }
  const needs = `a privilege (${by === 'mode' ? 'another user than root' : 'that of root'}), or another filesystem`;
  const cure = 'leave `by` away, and a substitute is found';
  const cause = new AggregateError(failures, 'no way worked');
  throw drillFaults.PRIVILEGE_MISSING({ what: `read-only by ${by ?? 'any way'}`, needs, cure }, { cause });
}

const WAYS = ['mount', 'immutable', 'mode', 'obstacle'] as const;

const SUBSTITUTES: Record<ReadOnlyBy, string | undefined> = {
  mount: undefined,
  immutable: 'immutable files (EPERM)',
  mode: 'files without the mode to write (EACCES)',
  obstacle: 'a file where the folder should be (ENOTDIR)',
};

const BREAK: Record<ReadOnlyBy, (path: string) => Promise<void> | void> = {
  mount: async (path) => {
    await run('mount', ['--bind', path, path]);
    await run('mount', ['-o', 'remount,bind,ro', path]);
  },
  immutable: async (path) => {
    await run('chattr', ['-R', '+i', path]);
  },
  mode: (path) => {
    for (const one of entries(path)) chmodSync(one, modeOf(one) & 0o555);
    if (isWritable(path)) throw new Error('root may write whatever the mode says');
  },
  obstacle: (path) => {
    renameSync(path, asideOf(path));
    writeFileSync(path, '');
  },
};

function start(path: string, way: ReadOnlyBy, undo: UndoCommand[], options: BreakOptions): Injection {
  const what = `${path} read-only`;
  const substitute = SUBSTITUTES[way];
  return startInjection({ ...options, what, substitute, undo: undoing(undo), ifDead: undo });
}

function undoOf(path: string, way: ReadOnlyBy): UndoCommand[] {
  switch (way) {
    case 'mount':
      return [{ undo: 'unmount', path, leave: mountsAt(path) }];
    case 'immutable':
      return [{ undo: 'mutable', path }];
    case 'mode':
      return entries(path).map((one) => ({ undo: 'chmod', path: one, mode: modeOf(one) }));
    case 'obstacle':
      return [{ undo: 'move', from: asideOf(path), to: path }];
  }
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false; // as it should be
  }
}

const asideOf = (path: string) => `${path}.aside`;
const modeOf = (path: string) => lstatSync(path).mode & 0o7777;

/** The folder, and all files and folders in it: those that lead elsewhere have no mode of their own. */
function entries(path: string): string[] {
  const within = readdirSync(path, { withFileTypes: true, recursive: true });
  const own = within.filter((entry) => entry.isFile() || entry.isDirectory());
  return [path, ...own.map((entry) => join(entry.parentPath, entry.name))];
}
