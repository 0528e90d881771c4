/** @internal What an error of the server, or of the way to it, says about the statement that met it. */
export interface ServerError {
  /** `unknown`: it was sent, and what came of it was not heard. */
  readonly happened: 'no' | 'unknown';
  /** Whether the same may be tried again at once. */
  readonly isPassing: boolean;
  /** Whether the connection is to be used no more. */
  readonly endsConnection: boolean;
  /** Without credentials. */
  readonly reason: string;
  /** The error, where it has no credentials either. */
  readonly cause: unknown;
}

/** @internal */
export function serverError(error: unknown): ServerError {
  const { code, severity, message } = error as { code?: unknown; severity?: unknown; message?: unknown };
  const known = typeof code === 'string' ? code : '';
  const reason = reasonOf(known, String(message ?? error));
  // User names are in these.
  const cause = known.startsWith('28') ? undefined : error;
  if (severity === undefined) {
    return { happened: 'unknown', isPassing: false, endsConnection: true, reason, cause };
  }
  const isAnswer = severity === 'ERROR' || NEVER_FATAL.test(known);
  return {
    happened: isAnswer ? 'no' : 'unknown',
    isPassing: PASSING.has(known),
    endsConnection: !isAnswer || STALE.has(known),
    reason,
    cause,
  };
}

/**
 * After an error the transaction is rolled back and the session lives on; what is fatal can come when it is committed
 * and the answer is not yet sent. The server tells which in its own language, so where that is not English the classes go
 * by which are never fatal: data, constraints, rights and names, conflicts, limits and cancelling.
 */
const NEVER_FATAL = /^(2[023]|25006|40001|40P01|42|55|57014)/;

/** Serialization failure, deadlock. */
const PASSING: ReadonlySet<string> = new Set(['40001', '40P01']);

/** What was prepared, or the schema, is no longer there: a new connection looks, and makes it. */
const STALE: ReadonlySet<string> = new Set(['26000', '0A000', '3F000', '42P01', '42883', '25006']);

const REASONS: Readonly<Record<string, string>> = {
  '28P01': 'it does not accept the user and password of the url: correct them',
  '28000': 'it does not admit this user from here: correct the user of the url, or pg_hba.conf',
  '3D000': 'the database of the url does not exist: create it, or correct the url',
  '53300': 'it has no connection left: raise its max_connections, or give each store fewer `connections`',
  '57P03': 'it is starting up or shutting down',
  '25006': 'it is read-only, as a standby is: give the address of the primary',
  '42501': 'its user may not do that: grant it what it needs, CREATE on the database for the first start',
  '57014': 'it took longer than commandTimeoutMs allows',
};

/** What `pg` says, by its words: it has no codes. */
const MESSAGES: Readonly<Record<string, string>> = {
  'timeout expired': 'it did not answer to connecting in time',
  'Query read timeout': 'it did not answer in time',
  'Connection terminated unexpectedly': 'it ended the connection',
};

function reasonOf(code: string, message: string): string {
  const known = REASONS[code];
  if (known !== undefined) return `${known} (${code})`;
  if (message === '') return code;
  if (message in MESSAGES) return MESSAGES[message] as string;
  return code === '' || message.includes(code) ? message : `${message} (${code})`;
}
