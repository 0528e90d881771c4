import { defineFaults, fault, severity } from '@sustain/kernel';

/** Every fault of a session says of which one and what was being done. Undefined: of none alone. */
type About = { readonly sessionId?: string | undefined; readonly operation: string; readonly reason: string };

/** Everything that can break in the session service. All are SESSION_ERROR, too. What is done about each: `recovery.ts`. */
export const sessionFaults = defineFaults('sessions', {
  SESSION_ERROR: fault<About>({
    className: 'SessionError',
    category: 'session',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ sessionId, operation, reason }) => `${operation}${of(sessionId)} failed: ${reason}`,
    userMessage: 'Something went wrong with the session.',
  }),
  SESSION_SERVICE_UNAVAILABLE: fault<About & { readonly retryAfterMs?: number }, 'SESSION_ERROR'>({
    extends: 'SESSION_ERROR',
    className: 'SessionServiceUnavailableError',
    category: 'store',
    recovery: 'retry_fallback',
    retryable: true,
    autoRecoverable: true,
    message: ({ sessionId, operation, reason }) =>
      `${operation}${of(sessionId)} could not be done, as what is stored cannot be reached: ${reason}. Try again`,
    userMessage: 'Sessions cannot be reached at the moment. Try again shortly.',
  }),
  SESSION_OUTCOME_UNKNOWN: fault<About, 'SESSION_SERVICE_UNAVAILABLE'>({
    extends: 'SESSION_SERVICE_UNAVAILABLE',
    className: 'SessionOutcomeUnknownError',
    message: ({ sessionId, operation, reason }) =>
      `${operation}${of(sessionId)} was begun and its answer was lost (${reason}): it may have happened. Repeat it with the same id or idempotency key, or look`,
  }),
  SESSION_HELD_ELSEWHERE: fault<About & { readonly instance: string }, 'SESSION_SERVICE_UNAVAILABLE'>({
    extends: 'SESSION_SERVICE_UNAVAILABLE',
    className: 'SessionHeldElsewhereError',
    severity: severity.WARNING,
    recovery: 'retry',
    message: ({ sessionId, operation, instance, reason }) =>
      `${operation}${of(sessionId)} was not done, as only the instance "${instance}" may change it now: ${reason}. Try again, or ask that instance`,
  }),
  SESSION_NOT_FOUND: fault<About, 'SESSION_ERROR'>({
    extends: 'SESSION_ERROR',
    className: 'SessionNotFoundError',
    category: 'client',
    severity: severity.INFO,
    recovery: 'reject',
    message: ({ sessionId, operation, reason }) =>
      `${operation}: there is no session${named(sessionId)}: ${reason}`,
    userMessage: 'This session does not exist, or no longer.',
  }),
  SESSION_STORAGE_CORRUPTED: fault<About & { readonly key: string }, 'SESSION_ERROR'>({
    extends: 'SESSION_ERROR',
    className: 'SessionStorageCorruptedError',
    category: 'store',
    message: ({ sessionId, operation, key, reason }) =>
      `${operation}${of(sessionId)} cannot be done, as what is stored under "${key}" is damaged: ${reason}. Restore it, or delete the session`,
    userMessage: 'What was stored of this session has been damaged.',
  }),
  SESSION_CONCURRENT_ACCESS: fault<
    About & { readonly expectedVersion?: string; readonly actualVersion?: string },
    'SESSION_ERROR'
  >({
    extends: 'SESSION_ERROR',
    className: 'SessionConcurrentAccessError',
    category: 'conflict',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ sessionId, operation, reason, expectedVersion, actualVersion }) =>
      `${operation}${of(sessionId)} was not done, as somebody else has changed it: ${reason}${versions(expectedVersion, actualVersion)}. Read it again, and decide anew`,
    userMessage: 'Somebody else has changed this session meanwhile.',
  }),
  SESSION_ALREADY_EXISTS: fault<About, 'SESSION_CONCURRENT_ACCESS'>({
    extends: 'SESSION_CONCURRENT_ACCESS',
    className: 'SessionAlreadyExistsError',
    message: ({ sessionId, operation }) =>
      `${operation}: there is a session${named(sessionId)} already, and it stays as it is: read it, or take another id`,
    userMessage: 'There is such a session already.',
  }),
  SESSION_REQUEST_INVALID: fault<About & { readonly field: string }, 'SESSION_ERROR'>({
    extends: 'SESSION_ERROR',
    className: 'SessionRequestInvalidError',
    category: 'client',
    severity: severity.INFO,
    recovery: 'reject',
    message: ({ operation, field, reason }) => `${operation}: ${field} ${reason}`,
    userMessage: 'The request is not valid.',
  }),
  SESSION_TOO_LARGE: fault<
    About & { readonly limit: number; readonly got: number },
    'SESSION_REQUEST_INVALID'
  >({
    extends: 'SESSION_REQUEST_INVALID',
    className: 'SessionTooLargeError',
    userMessage: 'This is too large for a session.',
  }),
  SESSIONS_CLOSED: fault<About, 'SESSION_ERROR'>({
    extends: 'SESSION_ERROR',
    className: 'SessionsClosedError',
    category: 'lifecycle',
    severity: severity.WARNING,
    recovery: 'none',
    message: ({ operation }) =>
      `${operation}: the session service is closed: open it again, or do not use it after close()`,
  }),
  INSTANCE_NAME_TAKEN: fault<{ readonly instance: string; readonly holder: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ instance, holder }) =>
      `another session service (${holder}) runs as the instance "${instance}": give each one a name of its own (sessions.instance), and a journal of its own`,
    userMessage: 'The service is not set up correctly.',
  }),
  ORCHESTRATION_FAILED: fault<
    About & { readonly reason: string; readonly run: string; readonly stage?: string | undefined },
    'SESSION_ERROR'
  >({
    extends: 'SESSION_ERROR',
    className: 'OrchestrationFailedError',
    category: 'job',
    message: ({ operation, sessionId, run, stage, reason }) =>
      `${operation}${of(sessionId)} was given up${stage === undefined ? '' : ` in its stage "${stage}"`}, run ${run}: ${reason}. Remove the cause, then retry(run): what is finished stays`,
    userMessage: 'This could not be done.',
  }),
  STAGE_TIMED_OUT: fault<
    About & {
      readonly reason: string;
      readonly run: string;
      readonly stage: string;
      readonly timeoutMs: number;
    },
    'SESSION_ERROR'
  >({
    extends: 'SESSION_ERROR',
    className: 'StageTimedOutError',
    category: 'timeout',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    autoRecoverable: true,
    message: ({ operation, sessionId, run, stage, timeoutMs }) =>
      `${operation}${of(sessionId)}: the stage "${stage}" of run ${run} did not end within ${timeoutMs} ms`,
    userMessage: 'This took too long.',
  }),
  RUN_NOT_FOUND: fault<About & { readonly reason: string; readonly run: string }, 'SESSION_ERROR'>({
    extends: 'SESSION_ERROR',
    className: 'RunNotFoundError',
    category: 'client',
    severity: severity.INFO,
    recovery: 'reject',
    message: ({ operation, run }) =>
      `${operation}: there is no run "${run}": there never was, or it ended and is no longer kept`,
    userMessage: 'This does not exist, or no longer.',
  }),
  SESSION_PRECONDITION_REQUIRED: fault<About, 'SESSION_REQUEST_INVALID'>({
    extends: 'SESSION_REQUEST_INVALID',
    className: 'SessionPreconditionRequiredError',
  }),
  SESSION_KEY_REUSED: fault<About, 'SESSION_REQUEST_INVALID'>({
    extends: 'SESSION_REQUEST_INVALID',
    className: 'SessionKeyReusedError',
    userMessage: 'This was sent before with other content.',
  }),
  SESSION_REQUEST_UNDER_WAY: fault<
    About & { readonly reason: string; readonly retryAfterMs: number },
    'SESSION_CONCURRENT_ACCESS'
  >({
    extends: 'SESSION_CONCURRENT_ACCESS',
    className: 'SessionRequestUnderWayError',
    severity: severity.INFO,
    recovery: 'retry',
    retryable: true,
    message: ({ operation, reason }) =>
      `${operation} was not begun: ${reason}. Ask again for what came of it`,
    userMessage: 'This is being done already.',
  }),
  SESSION_TOKEN_INVALID: fault<About & { readonly reason: string }, 'SESSION_ERROR'>({
    extends: 'SESSION_ERROR',
    className: 'SessionTokenInvalidError',
    category: 'client',
    severity: severity.INFO,
    recovery: 'reject',
    message: ({ reason }) => `the token is not good: ${reason}`,
    userMessage: 'Sign in again.',
  }),
  SESSION_ACCESS_DENIED: fault<About & { readonly reason: string }, 'SESSION_ERROR'>({
    extends: 'SESSION_ERROR',
    className: 'SessionAccessDeniedError',
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ operation, sessionId, reason }) =>
      `${operation}${of(sessionId)} is not allowed: ${reason}: ask with a token that is good for it`,
    userMessage: 'This is not yours to see or change.',
  }),
  SESSION_TOKEN_SECRET_UNUSABLE: fault<{ readonly reason: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ reason }) =>
      `the secrets of session tokens cannot be used: ${reason}. Make one with: node -p "crypto.randomBytes(32).toString('base64url')"`,
    userMessage: 'The service is not set up correctly.',
  }),
  ADK_MISSING: fault<{ readonly package: string; readonly range: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ package: name, range }) =>
      `@sustain/sessions/adk needs the package "${name}", which is not installed: npm install ${name}@${range}`,
    userMessage: 'The service is not installed completely.',
  }),
  SESSIONS_FOLDER_IN_USE: fault<{ readonly folder: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ folder }) =>
      `another process keeps its sessions in ${folder}: stop it, or give this one a folder of its own (sessions.folder), and a name (sessions.instance)`,
    userMessage: 'The service is not set up correctly.',
  }),
});

/** The names of seed 004, for `instanceof` and `exceptions`. */
export const SessionError = sessionFaults.SESSION_ERROR;
export const SessionServiceUnavailableError = sessionFaults.SESSION_SERVICE_UNAVAILABLE;
export const SessionNotFoundError = sessionFaults.SESSION_NOT_FOUND;
export const SessionStorageCorruptedError = sessionFaults.SESSION_STORAGE_CORRUPTED;
export const SessionConcurrentAccessError = sessionFaults.SESSION_CONCURRENT_ACCESS;

function named(sessionId: string | undefined): string {
  return sessionId === undefined ? '' : ` "${sessionId}"`;
}

function of(sessionId: string | undefined): string {
  return sessionId === undefined ? '' : ` of session "${sessionId}"`;
}

function versions(expected: string | undefined, actual: string | undefined): string {
  if (expected === undefined) return '';
  return ` (expected version ${expected}, it is at ${actual ?? 'none'})`;
}
