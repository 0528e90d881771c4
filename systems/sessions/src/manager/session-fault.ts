import { classify, Fault, isCancelled } from '@sustain/kernel';
import { storeFaults } from '@sustain/stores';
import { sessionFaults } from '../faults.ts';

/**
 * What a failure means for who asked for a session. A caller's own reason is thrown as it is, before this. `mayBeDone`: an
 * earlier attempt may have done it, so that nobody can say that it was not.
 */
export function sessionFaultOf(
  error: unknown,
  operation: string,
  sessionId: string | undefined,
  mayBeDone = false,
): unknown {
  const fault = faultOf(error, operation, sessionId);
  const isUnavailable = sessionFaults.SESSION_SERVICE_UNAVAILABLE.matches(fault);
  if (!mayBeDone || !isUnavailable || sessionFaults.SESSION_OUTCOME_UNKNOWN.matches(fault)) return fault;
  const about = { operation, sessionId, reason: (fault as Error).message };
  return sessionFaults.SESSION_OUTCOME_UNKNOWN(about, { cause: fault });
}

function faultOf(error: unknown, operation: string, sessionId: string | undefined): unknown {
  if (sessionFaults.SESSION_ERROR.matches(error) || sessionFaults.INSTANCE_NAME_TAKEN.matches(error))
    return error;
  if (isCancelled(error)) return error;
  const options = { cause: error };
  const about = { operation, sessionId, reason: error instanceof Error ? error.message : String(error) };
  if (storeFaults.OUTCOME_UNKNOWN.matches(error))
    return sessionFaults.SESSION_OUTCOME_UNKNOWN(about, options);
  if (storeFaults.STORE_UNAVAILABLE.matches(error)) {
    return sessionFaults.SESSION_SERVICE_UNAVAILABLE(about, options);
  }
  if (storeFaults.ENTRY_CORRUPTED.matches(error)) {
    return sessionFaults.SESSION_STORAGE_CORRUPTED({ ...about, key: error.context.key }, options);
  }
  if (storeFaults.VALUE_TOO_LARGE.matches(error)) {
    const { sizeBytes: got, limitBytes: limit } = error.context;
    return sessionFaults.SESSION_TOO_LARGE({ ...about, field: 'the session', got, limit }, options);
  }
  if (storeFaults.STORE_CLOSED.matches(error)) return sessionFaults.SESSIONS_CLOSED(about, options);
  const fault = error instanceof Fault ? error : classify(error);
  return sessionFaults.SESSION_ERROR({ ...about, reason: fault.message }, { cause: fault });
}
