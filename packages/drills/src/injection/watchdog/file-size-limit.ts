import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { isRunning, treeOf } from '../../process-tree/index.ts';

const run = promisify(execFile);

/** The soft limit of a process as it is; null for none, undefined where it cannot be read (proc_pid_limits(5)). */
export function fileSizeLimitOf(pid: number): number | null | undefined {
  try {
    const soft = /^Max file size +(\S+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
    return soft === 'unlimited' ? null : Number(soft);
  } catch {
    return undefined; // it has ended, or there is no /proc
  }
}

/** Sets it, also for those that the process has started since it had its limit, and that have inherited it. */
export async function limitFileSize(pid: number, bytes: number | null): Promise<void> {
  const before = fileSizeLimitOf(pid);
  for (const one of treeOf(pid).filter((each) => fileSizeLimitOf(each) === before)) {
    try {
      await run('prlimit', ['--pid', `${one}`, `--fsize=${bytes ?? 'unlimited'}:`]);
    } catch (error) {
      if (isRunning(one)) throw error;
    }
  }
}
