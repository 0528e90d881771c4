/**
 * How long `failure` asks to wait, in milliseconds: what a fault's context says as `retryAfterMs`, or the header
 * `Retry-After` of an HTTP response, or of an error that carries one (`headers`, `response.headers`), in seconds or as
 * a date, which is compared with the wall time `wallMs`. What an error does not say is looked for in its cause.
 * Undefined when nothing is said, or nothing that can be understood. Never throws. Source: RFC 9110, section 10.2.3.
 */
export function retryAfterHeader(failure: unknown, wallMs: number, depth = 8): number | undefined {
  try {
    const { context, cause, response, headers = response?.headers } = failure as Failure;
    const header = headers?.get?.('retry-after') ?? headers?.['retry-after'];
    if (header) return header >= 0 ? header * 1000 : Date.parse(`${header}`) - wallMs;
    // Causes may go in circles.
    return context?.retryAfterMs || (depth > 0 ? retryAfterHeader(cause, wallMs, depth - 1) : undefined);
  } catch {
    // Nothing, a revoked proxy, or a getter that throws: the failure itself is what the caller wants to see.
    return undefined;
  }
}

interface Failure {
  readonly context?: { readonly retryAfterMs?: number };
  readonly headers?: Headers;
  readonly response?: { readonly headers?: Headers };
  readonly cause?: unknown;
}

/** Of `fetch`, or a plain object with names in lower case, as Node's and axios' are. */
interface Headers {
  readonly get?: (name: string) => number | undefined;
  readonly 'retry-after'?: number;
}
