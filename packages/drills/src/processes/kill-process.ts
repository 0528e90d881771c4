import { killTree, tell } from '../process-tree/index.ts';
import { type ProcessTarget, pidOf } from './process-target.ts';

/**
 * SIGKILL to a process and all that it has started: over at once, so that there is nothing to end. Resolves when they
 * are gone. Throws as `pidOf`.
 */
export async function killProcess(target: ProcessTarget): Promise<void> {
  await killTree(pidOf(target, 'killed'));
}

/**
 * One signal to one process, as from another program: SIGSEGV, SIGTERM. What comes of it is up to the process. Throws as
 * `pidOf`, and a TypeError for SIGSTOP.
 */
export function signalProcess(target: ProcessTarget, signal: NodeJS.Signals): void {
  if (signal === 'SIGSTOP') throw new TypeError('SIGSTOP has no end of its own; see `paused`');
  tell(pidOf(target, `sent ${signal}`), signal);
}
