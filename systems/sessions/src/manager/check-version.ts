import { sessionFaults } from '../faults.ts';
import type { OpenSession } from '../storage/index.ts';

/** Throws SESSION_CONCURRENT_ACCESS unless the session is at the version that was expected, if one was. */
export function checkVersion(
  operation: string,
  { version: actualVersion, key }: OpenSession,
  expectedVersion: string | undefined,
): void {
  if (expectedVersion === undefined || expectedVersion === actualVersion) return;
  const reason = 'it is at another version';
  throw sessionFaults.SESSION_CONCURRENT_ACCESS({
    ...{ operation, sessionId: key.sessionId, expectedVersion, actualVersion, reason },
  });
}
