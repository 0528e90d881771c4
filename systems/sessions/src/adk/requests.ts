import { sessionFaults } from '../faults.ts';
import type { SessionKey } from '../session/index.ts';
import type { GetSessionConfig, ListSessionsRequest } from './adk-types.ts';

/** @internal Throws SESSION_REQUEST_INVALID unless all three are texts that are not empty; what is behind may want more. */
export function checkNames(operation: string, key: SessionKey): void {
  for (const field of ['appName', 'userId', 'sessionId'] as const) {
    const name: unknown = key[field];
    if (typeof name !== 'string' || name === '') {
      refuse(operation, field, `must be a text that is not empty; got ${name === '' ? '""' : typeof name}`);
    }
  }
}

/** @internal The same of which events are wanted. */
export function checkFilter(operation: string, { numRecentEvents, afterTimestamp }: GetSessionConfig): void {
  checkCount(operation, 'numRecentEvents', numRecentEvents, 0);
  if (afterTimestamp !== undefined && !Number.isFinite(afterTimestamp)) {
    refuse(operation, 'afterTimestamp', `must be Unix milliseconds; got ${afterTimestamp}`);
  }
}

/** @internal The same of which sessions are wanted. */
export function checkList({ appName, userId, limit, offset, page, order }: ListSessionsRequest): void {
  const operation = 'listSessions';
  checkNames(operation, { appName, userId: userId ?? 'all', sessionId: 'all' });
  checkCount(operation, 'limit', limit, 0);
  checkCount(operation, 'offset', offset, 0);
  checkCount(operation, 'page', page, 1);
  if (page !== undefined && limit === undefined)
    refuse(operation, 'page', 'needs a limit: how long is a page?');
  if (order !== undefined && order !== 'asc' && order !== 'desc') {
    refuse(operation, 'order', `must be asc or desc; got ${order}`);
  }
}

function checkCount(operation: string, field: string, value: number | undefined, least: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least)) return;
  refuse(operation, field, `must be a whole number of ${least} or more; got ${value}`);
}

function refuse(operation: string, field: string, reason: string): never {
  throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field, reason });
}
