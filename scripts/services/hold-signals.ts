import { systemClock } from '@sustain/kernel';

/** What asks a process to end. */
export const endSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Finishes some work before it lets this process be ended; the first signal that came meanwhile takes effect then. */
export async function holdSignals(work: () => Promise<void>): Promise<void> {
  let held: NodeJS.Signals | undefined;
  const hold = (signal: NodeJS.Signals): void => {
    held ??= signal;
  };
  for (const signal of endSignals) process.on(signal, hold);
  try {
    await work();
  } finally {
    // A signal that has come is told to listeners when the event loop polls: surely between two timers.
    await systemClock.sleep(0);
    await systemClock.sleep(0);
    for (const signal of endSignals) process.off(signal, hold);
    if (held !== undefined) process.kill(process.pid, held);
  }
}
