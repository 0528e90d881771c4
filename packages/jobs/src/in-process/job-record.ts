import type { FaultJson, Operation } from '@sustain/kernel';
import type { Job } from '../contract.ts';

/** @internal A job as the store has it. */
export type JobRecord = Job & KeptFacts;

interface KeptFacts {
  readonly operation: Operation;
  readonly isResumed: boolean;
  /** Of a running job that is to end as cancelled. */
  readonly cancelReason?: string | undefined;
}

/** @internal */
export interface NewJob {
  readonly id: string;
  readonly data: unknown;
  readonly priority: number;
  readonly delayMs: number;
  readonly operation: Operation;
  readonly nowWallMs: number;
}

/** @internal */
export function newRecord({ id, data, priority, delayMs, operation, nowWallMs }: NewJob): JobRecord {
  const { id: operationId, name, parentId } = operation;
  const facts = {
    id,
    data,
    priority,
    addedWallMs: nowWallMs,
    attempts: 0,
    operationId,
    operation: { id: operationId, name, parentId },
    isResumed: false,
  };
  if (delayMs === 0) return { ...facts, state: 'waiting' };
  return { ...facts, state: 'delayed', dueWallMs: nowWallMs + delayMs };
}

/** @internal Of one that is running already, the process has died. */
export function begun(record: JobRecord, nowWallMs: number): JobRecord {
  const isResumed = record.isResumed || record.state === 'running';
  const facts = { ...factsOf(record), isResumed, attempts: record.attempts + 1 };
  return { ...facts, state: 'running', startedWallMs: nowWallMs, isCancelling: false };
}

/** @internal */
export function saying(record: JobRecord, progress: unknown): JobRecord {
  return { ...record, progress };
}

/** @internal Of one that runs; others, and those that somebody else has cancelled, stay as they are. */
export function cancelling(record: JobRecord, cancelReason: string): JobRecord {
  if (record.state !== 'running' || record.cancelReason !== undefined) return record;
  return { ...record, isCancelling: true, cancelReason };
}

/** @internal */
export function completed(record: JobRecord, result: unknown, nowWallMs: number): JobRecord {
  return { ...factsOf(record), state: 'completed', endedWallMs: nowWallMs, result };
}

/** @internal */
export function cancelled(record: JobRecord, reason: string, nowWallMs: number): JobRecord {
  return { ...factsOf(record), state: 'cancelled', endedWallMs: nowWallMs, reason };
}

/** @internal */
export function dead(record: JobRecord, error: FaultJson, nowWallMs: number): JobRecord {
  return { ...factsOf(record), state: 'dead', endedWallMs: nowWallMs, error };
}

/** @internal To be tried again. */
export function delayed(record: JobRecord, error: FaultJson, dueWallMs: number): JobRecord {
  return { ...factsOf(record), state: 'delayed', dueWallMs, error };
}

/** @internal Broken off by `close`: that attempt does not count. */
export function interrupted(record: JobRecord): JobRecord {
  return { ...factsOf(record), isResumed: true, attempts: record.attempts - 1, state: 'waiting' };
}

/** @internal Of one that runs, and does not end in spite of its signal; others stay as they are. */
export function abandoned(record: JobRecord, nowWallMs: number): JobRecord {
  if (record.state !== 'running') return record;
  const { cancelReason } = record;
  return cancelReason === undefined ? interrupted(record) : cancelled(record, cancelReason, nowWallMs);
}

/** @internal Back from the dead. */
export function revived(record: JobRecord): JobRecord {
  return { ...factsOf(record), isResumed: false, attempts: 0, state: 'waiting' };
}

/** @internal What others see of it. `isReady`: it may begin, although it was running, or delayed, when it was written. */
export function jobOf(record: JobRecord, isReady: boolean): Job {
  const { operation: _, isResumed: __, cancelReason: ___, ...job } = record;
  if (!isReady || (job.state !== 'running' && job.state !== 'delayed')) return job;
  const { id, data, priority, addedWallMs, attempts, operationId, progress } = job;
  return { id, data, priority, addedWallMs, attempts, operationId, progress, state: 'waiting' };
}

function factsOf(record: JobRecord) {
  const { id, data, priority, addedWallMs, attempts, operationId, progress } = record;
  const { operation, isResumed } = record;
  return { id, data, priority, addedWallMs, attempts, operationId, progress, operation, isResumed };
}
