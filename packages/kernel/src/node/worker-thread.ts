import { type ResourceLimits, Worker } from 'node:worker_threads';
import { classify } from '../faults/index.ts';
import type { ExitReason } from '../supervision/index.ts';
import type { PortChild } from './child-port.ts';
import { nodeFaults } from './node-faults.ts';
import { type PortChildOptions, portChild } from './port-child.ts';

export interface WorkerThreadOptions<ToChild, FromChild> extends PortChildOptions<ToChild, FromChild> {
  /** Its main module. */
  readonly module: URL | string;
  /** Handed to every run. Copied, not moved. */
  readonly workerData?: unknown;
  readonly execArgv?: readonly string[];
  /** Beyond these the thread ends as failed with OUT_OF_MEMORY; the process lives. */
  readonly resourceLimits?: ResourceLimits;
}

/**
 * A child that is a thread of this process. Ends as `finished` with exit code 0, or when it was terminated and
 * nothing else asks it to stop; as `failed` with what it threw, with OUT_OF_MEMORY beyond its `resourceLimits`, or
 * with WORKER_EXITED. Native code that never returns cannot be terminated: such a thread is abandoned after `killMs`.
 * Threads share the fate of the process: what can crash natively belongs into a process.
 */
export function workerThread<ToChild = unknown, FromChild = unknown>(
  id: string,
  options: WorkerThreadOptions<ToChild, FromChild>,
): PortChild<ToChild, FromChild> {
  const { stopMessage, killMs = 2000 } = options;
  return portChild(id, options, { killMs }, (signal) => {
    const worker = launch(id, options);
    const terminate = () => void worker.terminate();
    return {
      link: {
        pid: undefined,
        kill: terminate,
        send: (message, transfer) => worker.postMessage(message, [...transfer]),
      },
      exited: exitOf(id, worker, () => signal.aborted && stopMessage === undefined),
      escalation: [{ name: 'terminate', graceMs: killMs, apply: terminate }],
      onUp: (listener) => worker.once('online', listener),
      onMessage: (listener) => worker.on('message', listener),
    };
  });
}

function launch<ToChild, FromChild>(id: string, options: WorkerThreadOptions<ToChild, FromChild>): Worker {
  const { module, workerData, execArgv, resourceLimits } = options;
  return new Worker(module, {
    name: id,
    workerData,
    ...(execArgv && { execArgv: [...execArgv] }),
    ...(resourceLimits && { resourceLimits }),
  });
}

function exitOf(id: string, worker: Worker, terminationIsFine: () => boolean): Promise<ExitReason> {
  return new Promise((resolve) => {
    let thrown: ExitReason | undefined;
    worker.on('error', (error) => {
      thrown = { kind: 'failed', fault: classify(error) };
    });
    worker.once('exit', (exitCode) => {
      if (thrown !== undefined) resolve(thrown);
      else if (exitCode === 0 || terminationIsFine()) resolve({ kind: 'finished' });
      else resolve({ kind: 'failed', fault: nodeFaults.WORKER_EXITED({ child: id, exitCode }) });
    });
  });
}
