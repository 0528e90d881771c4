import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { endTree, tellTree } from '../../process-tree/index.ts';
import { limitFileSize } from './file-size-limit.ts';
import type { UndoCommand } from './undo-command.ts';

const run = promisify(execFile);

/** Carries out one command. Harmless when it is not needed. Rejects when it is, and does not work. */
export async function carryOut(command: UndoCommand): Promise<void> {
  switch (command.undo) {
    case 'continue':
      tellTree(command.pid, 'SIGCONT');
      return;
    case 'end':
      return endTree(command.pid, command.signal);
    case 'file-size-limit':
      return limitFileSize(command.pid, command.bytes);
    case 'chmod':
      return ifThere(command.path, () => chmod(command.path, command.mode));
    case 'mutable':
      return ifThere(command.path, () => run('chattr', ['-R', '-f', '-i', command.path]));
    case 'thaw':
      return mountsAt(command.path) > 0 ? thaw(command.path) : undefined;
    case 'unmount':
      return unmount(command.path, command.leave ?? 0);
    case 'move':
      if (!existsSync(command.from)) return;
      await rm(command.to, { force: true });
      return rename(command.from, command.to);
    case 'remove':
      return rm(command.path, { recursive: true, force: true });
  }
}

/** How many filesystems are mounted at a path, one upon another; 0 where there is no /proc. */
export function mountsAt(path: string): number {
  if (!existsSync('/proc/self/mountinfo')) return 0;
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.filter((line) => unescaped(line.split(' ')[4] ?? '') === path).length;
}

async function ifThere(path: string, work: () => Promise<unknown>): Promise<void> {
  if (existsSync(path)) await work();
}

/** Lazily: who still has files open there keeps them, and nobody else sees it. */
async function unmount(path: string, leave: number): Promise<void> {
  while (mountsAt(path) > leave) await run('umount', ['--lazy', path]);
}

async function thaw(path: string): Promise<void> {
  try {
    await run('fsfreeze', ['--unfreeze', path], { env: { ...process.env, LC_ALL: 'C' } });
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    if (!stderr.includes('Invalid argument')) throw error; // that is what it says when it is not frozen
  }
}

/** Spaces and the like are written as \040 (proc_pid_mountinfo(5)). */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}
