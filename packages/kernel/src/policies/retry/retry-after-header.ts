/**
 * How long `failure` asks to wait, in milliseconds: what a fault's context says as `retryAfterMs`, or the header
 * `Retry-After` of an HTTP response, or of an error that carries one (`headers`, `response.headers`), in seconds or as
 * a date, which is compared with the wall time `wallMs`. What an error does not say is looked for in its cause.
 * Undefined when nothing is said, or nothing that can be understood. Never throws. Source: RFC 9110, section 10.2.3.
 */
export function retryAfterHeader(failure: unknown, wallMs: number): number | undefined {
  try {
    let error = failure as Failure | undefined;
    for (let depth = 0; depth < MAX_DEPTH && error; depth++) {
      const { context, headers = error.response?.headers } = error;
      const header = headers?.get?.('retry-after') ?? headers?.['retry-after'];
      if (header) return header >= 0 ? header * 1000 : Date.parse(`${header}`) - wallMs;
      if (context?.retryAfterMs) return context.retryAfterMs;
      error = error.cause;
    }
  } catch {
    // A revoked proxy, or a getter that throws: the failure itself is what the caller wants to see.
  }
  return undefined;
}

interface Failure {
  readonly context?: { readonly retryAfterMs?: number };
  readonly headers?: Headers;
  readonly response?: { readonly headers?: Headers };
  readonly cause?: Failure;
}

/** Of `fetch`, or a plain object with names in lower case, as Node's and axios' are. */
interface Headers {
  readonly get?: (name: string) => number | undefined;
  readonly 'retry-after'?: number;
}

/** Causes may go in circles. */
const MAX_DEPTH = 8;
