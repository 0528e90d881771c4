import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { endTree, tellTree } from '../../process-tree/index.ts';
import type { UndoCommand } from './undo-command.ts';

const run = promisify(execFile);

/** Carries out commands in order. Rejects with the first that is needed and does not work; the rest is then left. */
export async function carryOutAll(commands: readonly UndoCommand[]): Promise<void> {
  for (const command of commands) await carryOut(command);
}

/** Carries out one command. Harmless when it is not needed. Rejects when it is, and does not work. */
export async function carryOut(command: UndoCommand): Promise<void> {
  switch (command.undo) {
    case 'continue':
      tellTree(command.pid, 'SIGCONT');
      return;
    case 'end':
      return endTree(command.pid, command.signal);
    case 'file-size-limit':
      await run('prlimit', ['--pid', `${command.pid}`, `--fsize=${command.bytes ?? 'unlimited'}:`]);
      return;
    case 'chmod':
      return ifThere(command.path, () => chmod(command.path, command.mode));
    case 'mutable':
      return ifThere(command.path, () => run('chattr', ['-R', '-f', '-i', command.path]));
    case 'thaw':
      return ifMounted(command.path, () => thaw(command.path));
    case 'unmount':
      // Lazily: who still has files open there keeps them, and nobody else sees it.
      return ifMounted(command.path, () => run('umount', ['--lazy', command.path]));
    case 'move':
      if (!existsSync(command.from)) return;
      await rm(command.to, { force: true });
      return rename(command.from, command.to);
    case 'remove':
      return rm(command.path, { recursive: true, force: true });
  }
}

/** The paths where filesystems are mounted; none where there is no /proc. */
export function mountPoints(): string[] {
  if (!existsSync('/proc/self/mountinfo')) return [];
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return lines.map((line) => unescaped(line.split(' ')[4] ?? ''));
}

async function ifThere(path: string, work: () => Promise<unknown>): Promise<void> {
  if (existsSync(path)) await work();
}

async function ifMounted(path: string, work: () => Promise<unknown>): Promise<void> {
  if (mountPoints().includes(path)) await work();
}

async function thaw(path: string): Promise<void> {
  try {
    await run('fsfreeze', ['--unfreeze', path]);
  } catch (error) {
    const { stderr = '' } = error as { stderr?: string };
    if (!stderr.includes('Invalid argument')) throw error; // that is what it says when it is not frozen
  }
}

/** Spaces and the like are written as \040 (proc_pid_mountinfo(5)). */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
}
