import {
  type Fault,
  type FaultContext,
  type FaultDeclaration,
  faultFromJson,
  type SeverityName,
  severity,
} from '@sustain/kernel';
import { sessionFaults } from '../faults.ts';

/** What a request was, for its faults. */
export interface Asked {
  readonly operation: string;
  readonly sessionId?: string | undefined;
  /** Whether it changes something, so that a lost answer leaves it open what has happened. */
  readonly writes: boolean;
}

/**
 * The fault that an answer tells (RFC 9457): with its code, and `instanceof` its class where it is one of `sessionFaults`;
 * faults of the server, as UNAUTHENTICATED, have their code only. An answer that is none of ours, of a proxy, say, is told
 * as what it means for a session.
 */
export function faultOfProblem(asked: Asked, response: Response, body: string): Fault {
  const said = problemIn(body);
  const { operation, sessionId } = asked;
  const retryAfterMs = closerThanSeconds(said) ?? retryAfter(response);
  const about = { operation, sessionId, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  if (said === undefined) return faultOfProxy(asked, response, about);
  const { code, detail, operationId, type, title, status, severity: level, retryable, ...members } = said;
  const kind = Object.values(sessionFaults).find((known) => known.code === code);
  return faultFromJson(
    {
      system: type.split(':').at(-2) ?? 'server',
      code,
      name: kind?.name ?? 'Fault',
      message: detail,
      retryable,
      ...factsOf(kind?.declaration ?? FOREIGN),
      severity: severity[level] ?? severity.ERROR,
      context: { ...members, ...about, reason: detail } satisfies FaultContext,
      ...(operationId !== undefined && { operationId }),
    },
    sessionFaults,
  );
}

/** What no answer means, or one that broke off. */
export function lostAnswer({ operation, sessionId, writes }: Asked, cause: unknown, wasSent = true): Fault {
  const about = { operation, sessionId, reason: cause instanceof Error ? cause.message : String(cause) };
  return writes && wasSent
    ? sessionFaults.SESSION_OUTCOME_UNKNOWN(about, { cause })
    : sessionFaults.SESSION_SERVICE_UNAVAILABLE(about, { cause });
}

/** What problems do not say. */
function factsOf({ category, recovery, autoRecoverable, userMessage }: Facts): Facts {
  const facts = { category, recovery, ...(autoRecoverable !== undefined && { autoRecoverable }) };
  return userMessage === undefined ? facts : { ...facts, userMessage };
}

type Facts = Pick<FaultDeclaration<never>, 'category' | 'recovery' | 'autoRecoverable' | 'userMessage'>;

/** Of a fault of the server. */
const FOREIGN: Facts = { category: 'service', recovery: 'reject', autoRecoverable: false };

interface SaidProblem {
  readonly retryAfterMs?: unknown;
  readonly type: string;
  readonly code: string;
  readonly detail: string;
  readonly severity: SeverityName;
  readonly retryable: boolean;
  readonly operationId?: string;
  readonly [member: string]: unknown;
}

function problemIn(body: string): SaidProblem | undefined {
  try {
    const said: unknown = JSON.parse(body);
    const { type, code, detail, retryable } = said as SaidProblem;
    const isOurs = typeof type === 'string' && type.startsWith('urn:sustain:fault:');
    const isWhole = typeof code === 'string' && typeof detail === 'string' && typeof retryable === 'boolean';
    return isOurs && isWhole ? (said as SaidProblem) : undefined;
  } catch {
    // Not JSON: what a proxy or another program says.
    return undefined;
  }
}

function faultOfProxy(
  { writes }: Asked,
  { status, statusText }: Response,
  about: {
    readonly operation: string;
    readonly sessionId: string | undefined;
    readonly retryAfterMs?: number;
  },
): Fault {
  const reason = `the answer was ${status} ${statusText}, and not from the session service`;
  if (status === 429 || status === 503)
    return sessionFaults.SESSION_SERVICE_UNAVAILABLE({ ...about, reason });
  if (status < 500) return sessionFaults.SESSION_ERROR({ ...about, reason });
  return writes
    ? sessionFaults.SESSION_OUTCOME_UNKNOWN({ ...about, reason })
    : sessionFaults.SESSION_SERVICE_UNAVAILABLE({ ...about, reason });
}

/** The service says in milliseconds as well what the header can say in seconds only. */
function closerThanSeconds(said: SaidProblem | undefined): number | undefined {
  const ms = said?.retryAfterMs;
  return typeof ms === 'number' && ms >= 0 && ms <= MOST_MS ? ms : undefined;
}

const MOST_MS = 86_400_000;

/** Of Retry-After in seconds. */
function retryAfter({ headers }: Response): number | undefined {
  const seconds = headers.get('retry-after');
  return seconds !== null && /^\d{1,9}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}
