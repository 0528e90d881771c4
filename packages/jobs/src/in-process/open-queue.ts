import { keyLock } from '@sustain/kernel';
import type { Revision } from '@sustain/stores/contract';
import { ChangeBoard } from '../change-board.ts';
import type { JobQueue } from '../contract.ts';
import { jobChannels } from '../job-channels.ts';
import { nonce } from '../job-id.ts';
import {
  type InProcessQueueOptions,
  type SettledInProcessOptions,
  settleInProcessOptions,
} from './in-process-options.ts';
import { InProcessQueue } from './in-process-queue.ts';
import { JobIndex, type JobPlace, placeOf } from './job-index.ts';
import { JobRecords } from './job-records.ts';
import { JobRunner } from './job-runner.ts';
import { Ownership } from './ownership.ts';
import type { QueueParts } from './queue-parts.ts';

/**
 * Opens a queue whose jobs run in this process, and are kept in `store`: as durable as that is. One process at a time owns
 * a queue; opening rejects with QUEUE_OWNED when another one does, with a fault of the store, or with the signal's reason.
 * What ran when the last owner died is resumed, what waited waits.
 *
 * An owner that was away for longer than `ownerTtlMs` may have lost the queue: nothing it writes then is taken, the
 * signals of its handlers abort with JOB_LOST, its operations reject with QUEUE_OWNED, and it takes the queue again when
 * that is free.
 *
 * Throws a RangeError or TypeError when an option is out of range.
 */
export async function inProcessQueue<Data = unknown, Result = unknown, Progress = unknown>(
  options: InProcessQueueOptions,
): Promise<JobQueue<Data, Result, Progress>> {
  const settled = settleInProcessOptions(options);
  const { name: queue, store, clock, random, ownerTtlMs, waitForOwnerMs } = settled;
  const since = new Date(clock.wallMs()).toISOString();
  const owner = `process ${process.pid} since ${since}, ${nonce(random)}`;
  const key = `jobs/${queue}/owner`;
  const ownership = new Ownership({ store, queue, key, owner, ttlMs: ownerTtlMs, clock });
  await ownership.acquire(waitForOwnerMs, options.signal);
  try {
    const parts = partsOf(settled, ownership, () => runner.startMore());
    const runner: JobRunner = new JobRunner(parts);
    await load(parts, runner);
    keepOwned(parts, runner, ownership);
    return new InProcessQueue(parts, runner, ownership) as unknown as JobQueue<Data, Result, Progress>;
  } catch (error) {
    await ownership.release();
    throw error;
  }
}

function partsOf(options: SettledInProcessOptions, ownership: Ownership, onReady: () => void): QueueParts {
  const { store, name, signals } = options;
  return {
    options,
    records: new JobRecords(store, name, ownership),
    index: new JobIndex(options, onReady),
    locks: keyLock(),
    changes: new ChangeBoard(),
    channels: jobChannels(signals),
  };
}

/** Renews the ownership. While it is lost nothing begins; when it is back, all is looked at anew. */
function keepOwned(parts: QueueParts, runner: JobRunner, ownership: Ownership): void {
  const { channels, options, changes } = parts;
  const disturbed = (doing: string, error: unknown) =>
    channels.disturbed.emit({ doing, error }, { source: options.name });
  const reload = async (): Promise<void> => {
    try {
      await load(parts, runner);
      runner.hold('owner', false);
      changes.allChanged();
    } catch (error) {
      disturbed('load the jobs', error);
      ownership.suspect(ownership.guard.revision);
    }
  };
  ownership.keep({
    lost(error) {
      runner.hold('owner', true);
      disturbed('own the queue', error);
    },
    regained: () => void reload(),
  });
}

/** Makes the index anew from what is stored. Handlers that run for jobs which nobody else has touched go on. */
async function load(
  { records, index, locks, channels, options }: QueueParts,
  runner: JobRunner,
): Promise<void> {
  index.clear();
  runner.hold('pause', await records.isPaused());
  const found: Found[] = [];
  for await (const { entries, corrupted } of records.all()) {
    for (const key of corrupted) {
      const error = new Error(`what is stored under ${key} is not what was written`);
      channels.disturbed.emit({ doing: 'load the jobs', error }, { source: options.name });
    }
    for (const { value, revision } of entries) {
      const { id } = value;
      if (runner.has(id)) {
        await locks.run(id, () => runner.loseIfChanged(id));
      } else found.push({ place: placeOf(value), revision });
    }
  }
  // What has found its place meanwhile is newer than what was listed.
  const isNewer = ({ id }: JobPlace) => index.has(id) || runner.isBusyWith(id);
  for (const { place } of found.sort(inOrder)) if (!isNewer(place)) index.place(place);
}

interface Found {
  readonly place: JobPlace;
  readonly revision: Revision;
}

/** What ran goes first. What waits, in the order of becoming so, which is that of the writes. */
function inOrder(a: Found, b: Found): number {
  const isRunning = ({ place }: Found) => Number(place.state === 'running');
  const timeOf = ({ place }: Found) =>
    place.state === 'delayed' ? place.dueWallMs : 'endedWallMs' in place ? place.endedWallMs : 0;
  return isRunning(b) - isRunning(a) || timeOf(a) - timeOf(b) || a.revision - b.revision;
}
