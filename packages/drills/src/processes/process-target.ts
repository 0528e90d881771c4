import { drillFaults } from '../drill-faults.ts';
import { isRunning, treeOf } from '../process-tree/index.ts';

/** A process: its id, or what has one, such as a ChildProcess, a ServerProcess or a ProcessUnderTest. */
export type ProcessTarget = number | { readonly name?: string; readonly pid?: number | undefined };

/**
 * The id of a process that may be broken, and runs. `what` is to be done to it: `paused`. Throws PROCESS_NOT_THERE; a
 * RangeError for what is no id of one process, and for this process and those that it comes from, which nobody could
 * mend.
 */
export function pidOf(target: ProcessTarget, what: string): number {
  const pid = typeof target === 'number' ? target : target.pid;
  const name =
    typeof target === 'number' ? `process ${target}` : (target.name ?? `process ${pid ?? '(none)'}`);
  if (pid === undefined) throw drillFaults.PROCESS_NOT_THERE({ target: name, what });
  if (!Number.isInteger(pid) || pid <= 1 || pid === process.pid) {
    throw new RangeError(`only another process may be ${what}, by its own id, which is above 1; got ${pid}`);
  }
  if (!isRunning(pid)) throw drillFaults.PROCESS_NOT_THERE({ target: name, what });
  if (treeOf(pid).includes(process.pid)) {
    throw new RangeError(`${name} has started this process, so it may not be ${what}: nobody could mend it`);
  }
  return pid;
}
