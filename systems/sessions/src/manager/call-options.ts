import { type Allowed, COUNT, checkOption, WAIT } from '@sustain/kernel/options';
import { checkObject } from '../checks/index.ts';
import { sessionFaults } from '../faults.ts';
import type { CallOptions, CleanupOptions, GetOptions, WriteOptions } from './session-manager.ts';

/** Each throws SESSION_REQUEST_INVALID. */
export function checkSignal(operation: string, options: CallOptions): AbortSignal | undefined {
  checkObject(operation, 'the options', options);
  const { signal } = options;
  if (signal === undefined || signal instanceof AbortSignal) return signal;
  throw invalid(operation, 'signal', 'must be an AbortSignal');
}

export function checkGet(operation: string, options: GetOptions): void {
  checkSignal(operation, options);
  check(operation, 'numRecentEvents', options.numRecentEvents, EVENTS);
  check(operation, 'afterTimestamp', options.afterTimestamp, WAIT);
}

export function checkWrite(operation: string, options: WriteOptions): void {
  checkSignal(operation, options);
  const { expectedVersion } = options;
  if (expectedVersion === undefined || typeof expectedVersion === 'string') return;
  throw invalid(operation, 'expectedVersion', `must be a text; got ${typeof expectedVersion}`);
}

export function checkCleanup(operation: string, options: CleanupOptions): void {
  checkSignal(operation, options);
  check(operation, 'maxSessions', options.maxSessions, COUNT);
}

const EVENTS: Allowed = { ...WAIT, whole: true };

function check(operation: string, field: string, value: unknown, allowed: Allowed): void {
  if (value === undefined) return;
  try {
    checkOption('it', value, allowed);
  } catch (error) {
    throw invalid(operation, field, (error as Error).message.replace(/^it /, ''));
  }
}

function invalid(operation: string, field: string, reason: string): Error {
  return sessionFaults.SESSION_REQUEST_INVALID({ operation, field, reason });
}
