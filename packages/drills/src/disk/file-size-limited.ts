import { execFileSync } from 'node:child_process';
import type { Fault } from '@sustain/kernel';
import { drillFaults } from '../drill-faults.ts';
import {
  fileSizeLimitOf,
  type Injection,
  startInjection,
  type UndoCommand,
  undoing,
} from '../injection/index.ts';
import { type BreakOptions, type ProcessTarget, pidOf } from '../processes/index.ts';

export interface FileSizeLimitedOptions extends BreakOptions {
  /** From which position on they may not write. Default 0: they write to no file at all. */
  readonly bytes?: number;
  /** What it stands for: `a full disk`. Default: nothing, it is meant as it is. */
  readonly insteadOf?: string;
}

/**
 * Processes may not write to files beyond a size (RLIMIT_FSIZE): they get EFBIG, and SIGXFSZ before, which Node and
 * Python ignore and which ends most others. It is for all their files, on all disks, and their stdout when that is a
 * file; pipes and sockets go on. It is also for what they start meanwhile, not for what they had started before. `this` is this process. No privilege is needed for processes of the same user.
 * Throws as `pidOf`; PRIVILEGE_MISSING where the system has no prlimit.
 */
export function fileSizeLimited(
  processes: readonly (ProcessTarget | 'this')[],
  options: FileSizeLimitedOptions = {},
): Injection {
  const { bytes = 0, insteadOf, ...rest } = options;
  if (!(Number.isInteger(bytes) && bytes >= 0)) {
    throw new RangeError(`bytes must be a whole number, 0 or more; got ${bytes}`);
  }
  const pids = processes.map((one) => (one === 'this' ? process.pid : pidOf(one, 'limited')));
  const undo: UndoCommand[] = pids.map((pid) => ({ undo: 'file-size-limit', pid, bytes: limitOf(pid) }));
  const what = `no files beyond ${bytes} bytes for process ${pids.join(', ')}`;
  const injection = startInjection({
    ...rest,
    what: insteadOf ?? what,
    substitute: insteadOf === undefined ? undefined : `${what} (EFBIG)`,
    undo: undoing(undo),
    ifDead: undo,
  });
  try {
    for (const pid of pids)
      execFileSync('prlimit', ['--pid', `${pid}`, `--fsize=${bytes}:`], { stdio: 'pipe' });
  } catch (error) {
    injection.end().catch(() => undefined); // those that could be limited; the error below says more
    throw missing(error);
  }
  return injection;
}

function limitOf(pid: number): number | null {
  try {
    execFileSync('prlimit', ['--version']);
  } catch (error) {
    throw missing(error);
  }
  const limit = fileSizeLimitOf(pid);
  if (limit === undefined) throw missing(new Error(`/proc/${pid}/limits cannot be read`));
  return limit;
}

function missing(cause: unknown): Fault {
  const needs = 'Linux, prlimit of util-linux, and processes of the same user';
  const cure = 'run it there, or as root on a disk that is mounted';
  return drillFaults.PRIVILEGE_MISSING({ what: 'a file size limit', needs, cure }, { cause });
}
