import { Worker } from 'node:worker_threads';

export interface ExitWithParentOptions {
  /**
   * Whether a thread of its own ends the process, too: the only way while the process does not return to its event
   * loop. It costs 10 MB of memory and, beside the main thread, 90 ms of processor time at the start (Node 24, x64).
   * Windows does not say that a parent is gone, so it ends nothing there. Default true.
   */
  readonly watchdog?: boolean;
}

/**
 * For the main module of a supervised process, called first of all: it exits when its parent is gone, however the
 * parent died and whatever the process is doing, and so never becomes an orphan. Until then it stays up. Does nothing
 * in a process that was started by hand.
 *
 * Exits within moments; within half a second when only the watchdog can end it, then by SIGKILL.
 */
export function exitWithParent({ watchdog = true }: ExitWithParentOptions = {}): void {
  if (process.send === undefined) return;
  if (!process.connected) process.exit(EXIT_CODE);
  process.once('disconnect', () => process.exit(EXIT_CODE));
  if (watchdog) watch();
}

const EXIT_CODE = 1;
const LOOK_EVERY_MS = 500;

function watch(): void {
  const thread = new Worker(WATCHDOG, {
    eval: true, // A module of its own would get lost where the process is bundled.
    workerData: { parent: process.ppid, everyMs: LOOK_EVERY_MS },
    name: 'watchdog',
    execArgv: [],
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1, stackSizeMb: 1 },
  });
  thread.on('error', () => undefined); // The process works as well without.
  thread.unref();
}

/** Whoever has lost its parent gets another one. It waits without an event loop, which would cost more. */
const WATCHDOG = `
const { workerData: { parent, everyMs } } = require('node:worker_threads');
const never = new Int32Array(new SharedArrayBuffer(4));
while (process.ppid === parent) Atomics.wait(never, 0, 0, everyMs);
process.kill(process.pid, 'SIGKILL');
`;
