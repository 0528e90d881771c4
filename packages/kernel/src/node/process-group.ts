import type { ChildProcess } from 'node:child_process';

const hasGroups = process.platform !== 'win32';

/** Options of `spawn` that make the child the leader of a process group. */
export const ownGroup = { detached: hasGroups } as const;

/**
 * Sends `signal` to the child and all that it has spawned. Never throws: when none of them is left all is well, and who
 * may not be killed is abandoned by its supervisor. (macOS says EPERM, not ESRCH, of a group that is dead but not buried.)
 */
export function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (hasGroups) process.kill(-child.pid, signal);
    else child.kill(signal);
  } catch {
    // Nobody is there, or nobody that obeys us.
  }
}

/** Kills the group of `child` when this process exits without having waited for it. */
export function killAtExit(child: ChildProcess): void {
  if (child.pid === undefined) return; // It could not be started, and no 'exit' will come.
  if (living.size === 0) process.on('exit', killLiving);
  living.add(child);
  child.once('exit', () => {
    living.delete(child);
    if (living.size === 0) process.off('exit', killLiving);
  });
}

const living = new Set<ChildProcess>();

function killLiving(): void {
  for (const child of living) killGroup(child, 'SIGKILL');
}
