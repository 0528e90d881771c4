import { type ResourceLimits, Worker } from 'node:worker_threads';
import { classify } from '../faults/index.ts';
import type { ExitReason, RestartType, RunningChild } from '../supervision/index.ts';
import { type Link, type PortChild, PortSocket } from './child-port.ts';
import { checkGraceTimes } from './grace-time.ts';
import { nodeFaults } from './node-faults.ts';

export interface WorkerThreadOptions<ToChild, FromChild> {
  /** Its main module. */
  readonly module: URL | string;
  /** Handed to every run. Copied, not moved. */
  readonly workerData?: unknown;
  readonly execArgv?: readonly string[];
  /** Beyond these the thread ends as failed with OUT_OF_MEMORY; the process lives. */
  readonly resourceLimits?: ResourceLimits;
  /** Default `permanent`. */
  readonly restart?: RestartType;
  /** Whether a message says that it can work. Default: it can as soon as it runs. */
  readonly ready?: (message: FromChild) => boolean;
  /** How long it may take to become ready. Default 30 000. */
  readonly startMs?: number;
  /** Sent to ask it to stop. Default: none, it is terminated. */
  readonly stopMessage?: ToChild;
  /** How long it has to exit after `stopMessage`. Default 2000. */
  readonly shutdownMs?: number;
  /** How long it has to end after it was terminated; native code that never returns cannot be. Default 2000. */
  readonly killMs?: number;
}

/**
 * A child that is a thread of this process. Ends as `finished` with exit code 0, or when it was terminated and
 * nothing else asks it to stop; as `failed` with what it threw, with OUT_OF_MEMORY beyond its `resourceLimits`, or
 * with WORKER_EXITED. Threads share the fate of the process: what can crash natively belongs into a process.
 */
export function workerThread<ToChild = unknown, FromChild = unknown>(
  id: string,
  options: WorkerThreadOptions<ToChild, FromChild>,
): PortChild<ToChild, FromChild> {
  const { stopMessage, restart = 'permanent', startMs = 30_000 } = options;
  const { shutdownMs = 2000, killMs = 2000 } = options;
  checkGraceTimes(id, { shutdownMs, killMs });
  const port = new PortSocket<ToChild, FromChild>(id);
  return {
    id,
    port,
    restart,
    startMs,
    shutdownMs: stopMessage === undefined ? 0 : shutdownMs,
    start({ signal }): RunningChild {
      const worker = launch(id, options);
      const terminate = () => void worker.terminate();
      const link: Link<ToChild> = {
        pid: undefined,
        kill: terminate,
        send: (message, transfer) => worker.postMessage(message, [...transfer]),
      };
      const exited = exitOf(id, worker, () => signal.aborted && stopMessage === undefined);
      void exited.then((reason) => port.unplug(link, reason));
      const ready = new Promise<void>((resolve) => {
        if (options.ready === undefined) worker.once('online', resolve);
        worker.on('message', (message: FromChild) => {
          if (options.ready?.(message)) resolve();
          port.deliver(link, message);
        });
      });
      worker.once('online', () => port.plug(link));
      const ask = async () => {
        if (stopMessage !== undefined) await link.send(stopMessage, []);
      };
      // What cannot be asked is stopped by the escalation.
      signal.addEventListener('abort', () => void ask().catch(() => undefined));
      return {
        exited,
        ready,
        escalation: [{ name: 'terminate', graceMs: killMs, apply: terminate }],
      };
    },
  };
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
