import { defineFaults, type FaultContext, fault, severity } from '../faults/index.ts';

/**
 * What policies refuse and end calls with. They capture no stack: rejections happen by the thousand, and a timeout
 * is made in a timer, whose stack says nothing.
 */
export const policyFaults = defineFaults('policies', {
  /** Not retryable: what refuses now refuses for `retryAfterMs`, and a fallback is nearer than that. */
  CIRCUIT_OPEN: fault<{
    readonly breaker: string;
    /** When the breaker lets a call try again; null while it is isolated, until it is released. */
    readonly retryAfterMs: number | null;
  }>({
    category: 'circuit',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    stack: false,
    message: ({ breaker, retryAfterMs }) =>
      `the circuit ${breaker} is open, ${retryAfterMs === null ? 'isolated by hand' : `retry in ${Math.ceil(retryAfterMs)} ms`}`,
    userMessage: 'This service is paused for a moment because it failed repeatedly.',
  }),
  /** The work did not end in time. A host's own timeout is the kernel's TIMEOUT; both have the category `timeout`. */
  TIMED_OUT: fault<{
    /** The name of the pipeline. */
    readonly pipeline: string;
    readonly timeoutMs: number;
  }>({
    category: 'timeout',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    stack: false,
    message: ({ pipeline, timeoutMs }) => `${pipeline}: no answer within ${timeoutMs} ms`,
    userMessage: 'This took too long.',
  }),
  LOCK_TIMED_OUT: fault<{
    readonly lock: string;
    readonly key: string;
    readonly waitedMs: number;
    /** For how long the key has been held. */
    readonly heldMs: number;
    /** The operation that holds it, where there is one. */
    readonly holder: string | undefined;
    /** Whether that is the one that waited: it may wait for itself. */
    readonly ownOperation: boolean;
  }>({
    category: 'lock',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    stack: false,
    message: ({ lock, key, heldMs, holder, ownOperation }) =>
      `the ${lock} of ${key} is held for ${Math.round(heldMs)} ms by ${ownOperation ? 'the same operation; it is not re-entrant' : (holder ?? 'another call')}`,
    userMessage: 'Somebody else is changing this. Please try again.',
  }),
  OUTPUT_REJECTED: fault<{
    readonly chain: string;
    readonly source: string;
  }>({
    category: 'output',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    stack: false,
    message: ({ chain, source }) => `${chain}: the output of ${source} is not good`,
  }),
  ALL_SOURCES_FAILED: fault<{
    readonly chain: string;
    /** In the order in which they were tried. The errors themselves are in the cause, an AggregateError. */
    readonly causes: readonly { readonly source: string; readonly error: string }[];
  }>({
    category: 'fallback',
    severity: severity.ERROR,
    recovery: 'default_fallback',
    retryable: true,
    message: ({ chain, causes }) =>
      `${chain}: all sources failed: ${causes.map(({ source, error }) => `${source} (${error})`).join(', ')}`,
    userMessage: 'This is not available at the moment.',
  }),
  BULKHEAD_FULL: fault<BulkheadFull>({
    category: 'overload',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    retryable: true,
    stack: false,
    message: ({ bulkhead, reason }) => `no room in the bulkhead ${bulkhead}: ${reason}`,
    userMessage: 'Too much is going on at once. Please try again.',
  }),
  RATE_LIMITED: fault<RateLimited>({
    category: 'rate-limit',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    stack: false,
    message: ({ rateLimit, retryAfterMs }) =>
      `the rate limit ${rateLimit} is used up, retry in ${Math.ceil(retryAfterMs)} ms`,
    userMessage: 'Too many requests. Please try again in a moment.',
  }),
  CONCURRENCY_LIMITED: fault<ConcurrencyLimited>({
    category: 'overload',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    retryable: true,
    stack: false,
    message: ({ adaptiveLimit, limit }) =>
      `${adaptiveLimit} takes no more than ${limit} calls at once for now`,
    userMessage: 'Too much is going on at once. Please try again.',
  }),
  SHED: fault<Shed>({
    category: 'overload',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    retryable: true,
    stack: false,
    message: ({ shed, delayMs, retryAfterMs }) =>
      `${shed} is overloaded: ${Math.round(delayMs)} ms late, retry in ${Math.ceil(retryAfterMs)} ms`,
    userMessage: 'Too much is going on at once. Please try again.',
  }),
  RATE_LIMITED_BY_SERVICE: fault<Limited>({
    category: 'rate-limit',
    severity: severity.WARNING,
    recovery: 'default_fallback',
    stack: false,
    message: ({ breaker, retryAfterMs }) => `${breaker} is rate limited${waitOf(retryAfterMs)}`,
    userMessage: 'Too many requests. Please try again in a moment.',
  }),
  QUOTA_EXHAUSTED: fault<Limited>({
    category: 'rate-limit',
    severity: severity.ERROR,
    recovery: 'default_fallback',
    stack: false,
    message: ({ breaker, retryAfterMs }) => `the quota of ${breaker} is used up${waitOf(retryAfterMs)}`,
    userMessage: 'This is used up for now.',
  }),
});

/** What a breaker refuses with while the service behind it is limited. */
export interface Limited extends FaultContext {
  readonly breaker: string;
  /** When the limit is over; null when that is not known. */
  readonly retryAfterMs: number | null;
}

const waitOf = (retryAfterMs: number | null) =>
  retryAfterMs === null ? '' : `, retry in ${Math.ceil(retryAfterMs)} ms`;

export interface BulkheadFull extends FaultContext {
  readonly bulkhead: string;
  /**
   * `full`: no place is left in the queue, or there is none. `displaced`: a call of greater priority took the place in
   * the queue. `max-wait`: it waited for as long as it may. `codel`: the queue did not become empty for too long.
   */
  readonly reason: 'full' | 'displaced' | 'max-wait' | 'codel';
  /** How long the last call waited that was admitted from the queue; null when none was. */
  readonly retryAfterMs: number | null;
}

export interface RateLimited extends FaultContext {
  readonly rateLimit: string;
  /** When the quota has room for the call after those that wait. */
  readonly retryAfterMs: number;
}

export interface ConcurrencyLimited extends FaultContext {
  readonly adaptiveLimit: string;
  readonly limit: number;
}

export interface Shed extends FaultContext {
  readonly shed: string;
  readonly priority: number;
  /** The last reading of the delay. */
  readonly delayMs: number;
  /** When a lesser priority may be let through at the earliest. */
  readonly retryAfterMs: number;
}
