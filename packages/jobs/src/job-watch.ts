import { type Clock, faultFromJson } from '@sustain/kernel';
import { storeFaults } from '@sustain/stores/contract';
import type { Job } from './contract.ts';
import { jobsFaults } from './jobs-faults.ts';

/** @internal How a watch learns of changes. */
export interface WatchSource {
  readonly queue: string;
  readonly clock: Clock;
  /** How the job is now. */
  read(id: string): Promise<Job | undefined>;
  /** Calls `wake` after each change, and when the queue closes. Answers the way to stop. */
  subscribe(id: string, wake: () => void): () => void;
  /** Throws once the queue is closed. */
  throwIfClosed(): void;
  /** How long it waits for a wake before it looks all the same: what tells of changes may lose one. */
  readonly recheckMs: number;
}

/** @internal As `JobQueue.watch` says. */
export async function* watchJob(
  source: WatchSource,
  id: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Job, void, undefined> {
  let hasChanged = true;
  let wake: (() => void) | undefined;
  const unsubscribe = source.subscribe(id, () => {
    hasChanged = true;
    wake?.();
  });
  const onAbort = () => wake?.();
  signal?.addEventListener('abort', onAbort);
  let last: string | undefined;
  try {
    for (;;) {
      signal?.throwIfAborted();
      source.throwIfClosed();
      if (!hasChanged) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          const { clock, recheckMs } = source;
          const timer = clock.schedule(recheckMs, resolve, { keepAlive: false });
          const settle = wake;
          wake = () => {
            timer.cancel();
            settle();
          };
        });
        wake = undefined;
        signal?.throwIfAborted();
        source.throwIfClosed();
      }
      hasChanged = false;
      const found = await look(source, id, last !== undefined);
      if (found === 'away') {
        hasChanged = true;
        await source.clock.sleep(AWAY_MS, { signal });
        continue;
      }
      const [job] = found;
      if (job === undefined) throw jobsFaults.JOB_NOT_FOUND({ queue: source.queue, id });
      const seen = fingerprint(job);
      if (seen === last) continue;
      last = seen;
      yield job;
      if (hasEnded(job)) return;
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    unsubscribe();
  }
}

/** How long to wait before looking again while the state cannot be reached. */
const AWAY_MS = 200;

/** @internal As `JobQueue.wait` says. */
export async function waitForJob(
  source: WatchSource,
  id: string,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const { queue } = source;
  for await (const job of watchJob(source, id, signal)) {
    if (job.state === 'completed') return job.result;
    if (job.state === 'cancelled') throw jobsFaults.JOB_CANCELLED({ queue, id, reason: job.reason });
    if (job.state !== 'dead') continue;
    const reason = job.error.message;
    throw jobsFaults.JOB_DEAD(
      { queue, id, attempts: job.attempts, reason },
      { cause: faultFromJson(job.error, jobsFaults), operationId: job.operationId },
    );
  }
  throw jobsFaults.JOB_NOT_FOUND({ queue, id });
}

/** The job, where there is one. `waits`: that the state cannot be reached is an answer. */
async function look(source: WatchSource, id: string, waits: boolean): Promise<[Job | undefined] | 'away'> {
  try {
    return [await source.read(id)];
  } catch (error) {
    if (waits && storeFaults.STORE_UNAVAILABLE.matches(error)) return 'away';
    throw error;
  }
}

/** @internal */
export function hasEnded({ state }: Pick<Job, 'state'>): boolean {
  return state === 'completed' || state === 'dead' || state === 'cancelled';
}

/** What can change of a job; its data cannot, and may be large. */
function fingerprint(job: Job): string {
  const { data: _, ...rest } = job;
  return JSON.stringify(rest);
}
