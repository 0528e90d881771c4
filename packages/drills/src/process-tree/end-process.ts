import { systemClock } from '@sustain/kernel/time';
import { isRunning, startOf, tell, tellTree, treeOf } from './process-tree.ts';

const patienceMs = 5_000;
const lookEveryMs = 20;

/**
 * Asks a process to end with `signal`, also one that is paused, waits 5 s, then kills it and all that it has started.
 * Resolves when it has ended; harmless if it had.
 */
export async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  const startMs = systemClock.monotonicMs();
  tell(pid, signal);
  tellTree(pid, 'SIGCONT');
  while (isRunning(pid)) {
    if (systemClock.monotonicMs() - startMs > patienceMs) return killTree(pid);
    await systemClock.sleep(lookEveryMs);
  }
}

/** Ends a process as `endProcess` does, then kills what it had started and left behind. */
export async function endTree(pid: number, signal: NodeJS.Signals): Promise<void> {
  if (signal === 'SIGKILL') return killTree(pid);
  const starts = treeOf(pid).map((one) => [one, startOf(one)] as const);
  await endProcess(pid, signal);
  for (const [one, start] of starts) if (start !== undefined && startOf(one) === start) tell(one, 'SIGKILL');
}

/** Kills a process and all that it has started with SIGKILL. Resolves when all of them are gone. */
export async function killTree(pid: number): Promise<void> {
  tell(pid, 'SIGSTOP'); // so that it starts no more
  const tree = tellTree(pid, 'SIGKILL');
  while (tree.some(isRunning)) await systemClock.sleep(1);
}
