import type { Clock } from '@sustain/kernel';
import { type Injection, startInjection, type UndoCommand, undoing } from '../injection/index.ts';
import { tell, tellTree, treeOf } from '../process-tree/index.ts';
import { type ProcessTarget, pidOf } from './process-target.ts';

export interface BreakOptions {
  /** The hard end. 1 to 600,000 ms. Default 30,000. */
  readonly maxMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/**
 * SIGSTOP to a process and all that it has started: it keeps its memory, files and connections, and does nothing.
 * SIGCONT when it ends. Throws as `pidOf`.
 */
export function paused(target: ProcessTarget, options: BreakOptions = {}): Injection {
  const pid = pidOf(target, 'paused');
  tell(pid, 'SIGSTOP'); // so that it starts no more
  // One by one: when the first of them is killed meanwhile, its children have another parent.
  const commands: UndoCommand[] = treeOf(pid).map((one) => ({ undo: 'continue', pid: one }));
  const name = typeof target === 'object' ? target.name : undefined;
  try {
    const injection = startInjection({
      ...options,
      what: `SIGSTOP to ${name ?? `process ${pid}`}`,
      undo: undoing(commands),
      ifDead: commands,
    });
    tellTree(pid, 'SIGSTOP');
    return injection;
  } catch (error) {
    tell(pid, 'SIGCONT');
    throw error;
  }
}
