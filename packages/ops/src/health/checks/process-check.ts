import { readFile } from 'node:fs/promises';
import process from 'node:process';
import type { HealthCheck, HealthResult } from '../health-check.ts';
import { type CheckOptions, ownFields } from './check-options.ts';

export interface ProcessCheckOptions extends CheckOptions {
  /** Of the process that is looked at; undefined while there is none. Asked at each look. */
  readonly pid: () => number | undefined;
}

/**
 * Whether a process runs. One that has ended and that nobody has asked about (a zombie) does not, one that was stopped
 * (SIGSTOP) is degraded. Where the host tells when a process began (Linux), another one that got the same number is not
 * taken for it.
 */
export function processCheck(options: ProcessCheckOptions): HealthCheck {
  let known: { readonly pid: number; readonly began: string } | undefined;
  return {
    ...ownFields(options, { name: 'process' }),
    async check(): Promise<HealthResult> {
      const pid = options.pid();
      // To the host these are groups of processes.
      if (pid === undefined || pid <= 0) return { status: 'unhealthy', message: 'it does not run' };
      const observed = { value: pid, unit: 'pid' };
      if (!isThere(pid)) return { status: 'unhealthy', message: `process ${pid} does not run`, observed };
      const seen = await procStat(pid);
      if (seen === undefined) return { status: 'healthy', observed };
      const { state, began } = seen;
      if (known?.pid === pid && known.began !== began) {
        return { status: 'unhealthy', message: `process ${pid} is another one by now`, observed };
      }
      known = { pid, began };
      if (state === 'Z' || state === 'X') {
        return { status: 'unhealthy', message: `process ${pid} has ended`, observed };
      }
      const isStopped = state === 'T' || state === 't';
      return isStopped
        ? { status: 'degraded', message: `process ${pid} was stopped and waits for SIGCONT`, observed }
        : { status: 'healthy', observed };
    },
  };
}

/** A process of somebody else's is there as well. */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** proc_pid_stat(5): the name, field 2, is in parentheses and may have any character in it. Undefined where there is none. */
async function procStat(
  pid: number,
): Promise<{ readonly state: string; readonly began: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, began] = [fields[0], fields[19]];
  return state && began ? { state, began } : undefined;
}
