import type { JobQueue } from '@sustain/jobs';
import { inProcessQueue } from '@sustain/jobs/in-process';
import type { Clock, Random, SignalSink } from '@sustain/kernel';
import type { Store } from '@sustain/stores/contract';
import type { RunOrder, RunProgress } from './run.ts';

export interface OrchestrationQueueOptions {
  /** Where jobs are kept when there is no Redis; it is not closed with the queue. */
  readonly store: Store;
  /** `REDIS_URL`: the jobs are kept there, by BullMQ, and any number of processes work at them. */
  readonly redisUrl?: string | undefined;
  /** Those who open the same one share the queue. Default `sessions`. */
  readonly name?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly signals?: SignalSink | undefined;
}

/** The queue of an orchestrator: on Redis where there is one, in this process otherwise. Rejects as `bullmqQueue` or `inProcessQueue` does. */
export async function openOrchestrationQueue(
  options: OrchestrationQueueOptions,
): Promise<JobQueue<RunOrder, null, RunProgress>> {
  const { store, redisUrl: url, name = 'sessions', ...rest } = options;
  if (url === undefined) return inProcessQueue({ ...rest, name, store });
  const { bullmqQueue } = await import('@sustain/jobs/bullmq');
  return bullmqQueue({ ...rest, name, url });
}
