import { Session } from 'node:inspector';
import type { Worker } from 'node:worker_threads';
import { systemClock } from '@sustain/kernel';
import { drillFaults } from '../drill-faults.ts';

const MOST_MS = 600_000;

/**
 * This thread does nothing else for so long: no timer, no message, no request. Returns when it is over, by itself. 0 to
 * 600,000 ms.
 */
export function blockEventLoop(blockMs: number): void {
  checkDuration(blockMs);
  const startMs = systemClock.monotonicMs();
  while (systemClock.monotonicMs() - startMs < blockMs);
}

/**
 * A worker thread of this process does nothing else for so long, in the midst of its own code and without knowing of it
 * (by its debugger). Resolves when it is over, by itself. Rejects with NOT_POSSIBLE_NOW when the worker has ended, or
 * ends meanwhile.
 */
export async function blockWorker(worker: Worker, blockMs: number): Promise<void> {
  checkDuration(blockMs);
  const target = `worker ${worker.threadId}`;
  const refusal = () => drillFaults.NOT_POSSIBLE_NOW({ target, what: 'be blocked', state: 'ended' });
  if (worker.threadId < 0) throw refusal(); // as Node says of one that has ended
  const session = new Session();
  session.connect();
  const over = Promise.withResolvers<void>();
  const end = () => over.reject(refusal());
  worker.once('exit', end);
  session.on('NodeWorker.attachedToWorker', ({ params: { sessionId, workerInfo } }) => {
    // Its workerId counts in the order in which debuggers came up, which is not that of the threads.
    if (!workerInfo.title.startsWith(`[worker ${worker.threadId}]`)) return;
    const message = JSON.stringify({
      id: 1,
      method: 'Runtime.evaluate',
      params: { expression: busy(blockMs) },
    });
    session.post('NodeWorker.sendMessageToWorker', { sessionId, message });
  });
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
    const { id, error, result } = JSON.parse(params.message) as Evaluated;
    // Of a worker that ends meanwhile the debugger says that it was interrupted; that it has ended, its exit says.
    if (id === 1 && error === undefined && result?.exceptionDetails === undefined) over.resolve();
  });
  session.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
  try {
    await over.promise;
  } finally {
    worker.off('exit', end);
    session.post('NodeWorker.disable');
    session.disconnect();
  }
}

/** What the debugger of a worker answers, as far as it is read here. */
interface Evaluated {
  readonly id?: number;
  readonly error?: unknown;
  readonly result?: { readonly exceptionDetails?: unknown };
}

/** It runs in the worker, which has no clock of ours. */
const busy = (blockMs: number) => {
  const now = 'process.hrtime.bigint()';
  return `(() => { const end = ${now} + ${Math.round(blockMs * 1e6)}n; while (${now} < end); })()`;
};

function checkDuration(blockMs: number): void {
  if (!(blockMs >= 0 && blockMs <= MOST_MS)) {
    throw new RangeError(`blockMs must be 0 to ${MOST_MS}; got ${blockMs}`);
  }
}
