import { sessionFaults } from './faults.ts';

/** @internal What is asked of a status. */
export interface StatusOptions {
  /** Whether the request said which version it expects. Default false. */
  readonly isConditional?: boolean | undefined;
}

/**
 * @internal The HTTP status of a fault of a session, whoever tells it; of a kind that is not here, that of its parent.
 * Undefined: it is none of a session.
 */
export function statusOf(error: unknown, { isConditional = false }: StatusOptions = {}): number | undefined {
  const status = STATUSES.find(([kind]) => kind.matches(error))?.[1];
  return status === 412 && !isConditional ? 409 : status;
}

/** Children before their parents. */
const STATUSES: readonly (readonly [{ matches(error: unknown): boolean }, status: number])[] = [
  [sessionFaults.SESSION_TOKEN_INVALID, 401],
  [sessionFaults.SESSION_ACCESS_DENIED, 403],
  [sessionFaults.SESSION_NOT_FOUND, 404],
  [sessionFaults.RUN_NOT_FOUND, 404],
  [sessionFaults.SESSION_ALREADY_EXISTS, 409],
  [sessionFaults.SESSION_REQUEST_UNDER_WAY, 409],
  [sessionFaults.SESSION_CONCURRENT_ACCESS, 412],
  [sessionFaults.SESSION_TOO_LARGE, 413],
  [sessionFaults.SESSION_KEY_REUSED, 422],
  [sessionFaults.SESSION_PRECONDITION_REQUIRED, 428],
  [sessionFaults.SESSION_REQUEST_INVALID, 400],
  [sessionFaults.SESSION_SERVICE_UNAVAILABLE, 503],
  [sessionFaults.SESSIONS_CLOSED, 503],
  [sessionFaults.STAGE_TIMED_OUT, 503],
  [sessionFaults.INSTANCE_NAME_TAKEN, 503],
  [sessionFaults.SESSION_ERROR, 500],
];
