import type { KeyLock } from '@sustain/kernel';
import type { ChangeBoard } from '../change-board.ts';
import type { JobChannels } from '../job-channels.ts';
import type { SettledInProcessOptions } from './in-process-options.ts';
import type { JobIndex } from './job-index.ts';
import type { JobRecord } from './job-record.ts';
import type { JobRecords } from './job-records.ts';

/** @internal What the parts of a queue share. */
export interface QueueParts {
  readonly options: SettledInProcessOptions;
  readonly records: JobRecords;
  readonly index: JobIndex;
  /** Held while a job's record is changed. */
  readonly locks: KeyLock;
  readonly changes: ChangeBoard;
  readonly channels: JobChannels;
}

/** @internal Where a signal about a job comes from. */
export function originOf({ options }: QueueParts, { operationId }: Pick<JobRecord, 'operationId'>) {
  return { source: options.name, operationId };
}

/** @internal Whole milliseconds. */
export function wallMsOf({ options }: QueueParts): number {
  return Math.floor(options.clock.wallMs());
}
