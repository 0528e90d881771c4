import { Fault, isRetryableError } from '@sustain/kernel';

/**
 * @internal What an error of ADK's service says. `exists` and `not-found` are answers. `final`: the request itself is at fault, and
 * repeating it is in vain. `failed`: whether the service is away, a look has to say.
 *
 * ADK 2.0.0 throws plain errors, so their texts decide (`sessions/database_session_service.js`), and of its ORM the class.
 */
export function judgeServiceError(error: unknown): 'exists' | 'not-found' | 'final' | 'failed' {
  const { message } = describe(error);
  if (/^Session with id .+ already exists/s.test(message)) return 'exists';
  if (/^Session .+ not found/s.test(message)) return 'not-found';
  return isRetryableError(error) ? 'failed' : 'final';
}

/** @internal Two have made the same at once. Of which table the row is, the next attempt finds out. */
export function isRaceForRow(error: unknown): boolean {
  return describe(error).name === 'UniqueConstraintViolationException';
}

/** @internal In words, without what was to be stored: an ORM's errors quote it. */
export function reasonOf(error: unknown): string {
  if (error instanceof Fault) return error.message;
  const { name, message, code } = describe(error);
  const isQuery = code !== undefined && message.length > MAX_REASON;
  const text = isQuery ? '' : `: ${message.slice(0, MAX_REASON)}`;
  return `${name}${code === undefined ? '' : ` ${code}`}${text}`;
}

function describe(error: unknown): { name: string; message: string; code: string | undefined } {
  const { name, message, code } = Object(error) as Record<string, unknown>;
  const className = (Object(error) as object).constructor?.name;
  return {
    name: `${name === 'Error' || name === undefined ? (className ?? 'Error') : name}`,
    message: `${message ?? error}`,
    code: typeof code === 'string' ? code : undefined,
  };
}

const MAX_REASON = 200;
