import { readFileSync } from 'node:fs';
import { systemClock } from '@sustain/kernel';

const patienceMs = 5_000;

/** Asks a process to end with `signal`, waits 5 s, then kills it. Resolves when it has ended; harmless if it had. */
export async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  const startMs = systemClock.monotonicMs();
  tell(pid, signal);
  while (isRunning(pid)) {
    if (systemClock.monotonicMs() - startMs > patienceMs) tell(pid, 'SIGKILL');
    await systemClock.sleep(20);
  }
}

/** Whether a process runs. One that has ended, and whose end no parent has looked at yet, does not. */
export function isRunning(pid: number): boolean {
  return tell(pid, 0) && !isZombie(pid);
}

/** Whether the process was there to be told. Signal 0 only asks. */
function tell(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // it has ended
  }
}

/** The first process of many containers never looks at the ends of orphans, which then stay zombies for ever. */
function isZombie(pid: number): boolean {
  try {
    return / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\)/s, ''));
  } catch {
    return false; // no /proc on this system, or the process has just ended
  }
}
