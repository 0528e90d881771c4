import { STATUS_CODES } from 'node:http';
import { checkOption } from '@sustain/kernel/options';

/** An error as clients of HTTP services throw it when the answer is no success. */
export interface HttpError extends Error {
  readonly status: number;
  readonly headers: Headers;
  /** The body, as it was read. */
  readonly error: unknown;
}

export interface HttpErrorParts {
  /** As `{ 'retry-after': '2' }`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** The service has answered `status`, 400 to 599. */
export function httpError(status: number, { headers = {}, body }: HttpErrorParts = {}): HttpError {
  checkOption('status', status, { least: 400, most: 599, whole: true });
  const error = new Error(`${status} ${STATUS_CODES[status] ?? 'status code (no body)'}`);
  return Object.assign(error, { status, headers: new Headers(headers), error: body });
}
