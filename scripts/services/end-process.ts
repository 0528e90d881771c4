import { systemClock } from '@sustain/kernel';

const patienceMs = 5_000;
const afterKillMs = 1_000;

/**
 * Asks a process to end with `signal`, waits 5 s, then kills it. Resolves when it is gone, or 1 s after the kill:
 * where nobody collects the dead, as in some containers, they never look gone. Harmless when it has ended.
 */
export async function endProcess(pid: number, signal: NodeJS.Signals): Promise<void> {
  const startMs = systemClock.monotonicMs();
  tell(pid, signal);
  let killed = false;
  while (tell(pid, 0)) {
    const waitedMs = systemClock.monotonicMs() - startMs;
    if (waitedMs > patienceMs + afterKillMs) return;
    if (waitedMs > patienceMs && !killed) killed = tell(pid, 'SIGKILL');
    await systemClock.sleep(20);
  }
}

/** Whether the process was there to be told. Signal 0 only asks. */
function tell(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false; // it has ended
  }
}
