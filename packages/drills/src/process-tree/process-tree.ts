import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process runs. One that has ended, and whose end no parent has looked at yet, does not. */
export function isRunning(pid: number): boolean {
  // The first process of many containers never looks at the ends of orphans, which then stay zombies for ever.
  return tell(pid, 0) && stateOf(pid) !== 'Z';
}

/** Whether the process was there to be told. Signal 0 only asks. */
export function tell(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // it has ended
  }
}

/**
 * Tells a process and all that it has started, and answers their ids. Process groups do not do it: PostgreSQL, for one,
 * gives each of its processes a session of its own.
 */
export function tellTree(pid: number, signal: NodeJS.Signals): number[] {
  const tree = treeOf(pid);
  for (const one of tree) tell(one, signal);
  return tree;
}

/**
 * When a process was started, in no unit to speak of: a process that has the id of an earlier one has another start.
 * Undefined when there is none.
 */
export function startOf(pid: number): string | undefined {
  if (process.platform === 'linux') return statOf(pid)?.[19]; // field 22, of which the first two are not in it
  const table = execFileSync('ps', ['-A', '-o', 'pid=,lstart='], { encoding: 'utf8' });
  return new RegExp(`^ *${pid} +(.+)$`, 'm').exec(table)?.[1];
}

/** `R`, `S`, `D`, `T`, `Z` and so on (proc_pid_stat(5)); undefined where there is no /proc, or when it has ended. */
export function stateOf(pid: number): string | undefined {
  return statOf(pid)?.[0];
}

/** Its command line, the arguments parted by NUL or, where there is no /proc, by spaces; empty when it has ended. */
export function commandOf(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-p', `${pid}`, '-o', 'args='], { encoding: 'utf8' });
  } catch {
    return ''; // it has ended
  }
}

/** What a process has started itself, SPARED or not, as long as it has it for a parent. */
export function childrenOf(pid: number): number[] {
  return parentage().flatMap(([child, parent]) => (parent === pid ? [child] : []));
}

/** The argument of a process that does not share the fate of who has started it: a watchdog has to outlive it. */
export const SPARED = '--spared-with-its-parent';

/** A process and all that it has started and that still has it for a parent, directly or not; without what is SPARED. */
export function treeOf(pid: number): number[] {
  const children = Map.groupBy(parentage(), ([, parent]) => parent);
  const tree = [pid];
  for (const one of tree) {
    const own = (children.get(one) ?? []).map(([child]) => child);
    tree.push(...own.filter((child) => !commandOf(child).includes(SPARED))); // it grows as it goes
  }
  return tree;
}

/** Every process with its parent. */
function parentage(): (readonly [child: number, parent: number])[] {
  if (process.platform !== 'linux') {
    const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    return [...table.matchAll(/(\d+)\s+(\d+)/g)].map(([, child, parent]) => [Number(child), Number(parent)]);
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => [Number(pid), Number(statOf(Number(pid))?.[1])]);
}

/** State, parent and so on: proc_pid_stat(5) from field 3. Undefined where there is no /proc, or when it has ended. */
export function statOf(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' '); // its name may contain anything
  } catch {
    return undefined;
  }
}
