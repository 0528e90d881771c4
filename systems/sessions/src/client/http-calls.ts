import {
  type Clock,
  exponential,
  noSignals,
  type Pipeline,
  pipeline,
  type Random,
  type RetryOptions,
  retry,
  type SignalSink,
  systemClock,
  systemRandom,
  timeout,
  timeoutFaults,
} from '@sustain/kernel';
import { sessionFaults } from '../faults.ts';
import { checkedBody } from './checked-body.ts';
import { type Asked, faultOfProblem, lostAnswer } from './fault-of-problem.ts';

export interface HttpCallsOptions {
  /** Where the service is: `http://127.0.0.1:4400`, or behind a path of a proxy. */
  readonly baseUrl: string;
  /** For `Authorization: Bearer`; a function is asked before each attempt, so that it can renew what has expired. */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** Default: the host's. */
  readonly fetch?: typeof fetch | undefined;
  /** How long one attempt may take. Milliseconds, above 0. Default 15,000. */
  readonly timeoutMs?: number | undefined;
  /** Default: 5 attempts, 200 ms, 400 ms … up to 5 s between them, full jitter, and what Retry-After says. */
  readonly retry?: RetryOptions | undefined;
  readonly clock?: Clock | undefined;
  /** For jitter. Default: the host's. */
  readonly random?: Random | undefined;
  /** Where retries are told. Default: nowhere. */
  readonly signals?: SignalSink | undefined;
}

/** One request, however often it is sent. */
export interface HttpCall extends Asked {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
  /** Hears that the answer of an attempt was lost, so that what it asked for may have been done. */
  readonly onLost?: () => void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined of an empty one. */
  readonly body: unknown;
}

/** Asks the service, again where that may help. */
export class HttpCalls {
  readonly #options: HttpCallsOptions;
  readonly #baseUrl: string;
  readonly #attempts: Pipeline;

  /** Throws a TypeError for a URL that is none, a RangeError or TypeError when an option is out of range. */
  constructor(options: HttpCallsOptions) {
    const { baseUrl, timeoutMs = 15_000, clock = systemClock, random = systemRandom } = options;
    const { signals = noSignals } = options;
    const { protocol, origin, pathname } = new URL(baseUrl);
    if (!/^https?:$/.test(protocol)) throw new TypeError(`baseUrl must be of http or https, got ${protocol}`);
    this.#options = options;
    this.#baseUrl = origin + pathname.replace(/\/+$/, '');
    this.#attempts = pipeline(
      { name: 'sessions client', clock, random, signals },
      retry({ maxAttempts: 5, backoff: exponential({ baseMs: 200, maxMs: 5000 }), ...options.retry }),
      timeout(timeoutMs),
    );
  }

  get baseUrl(): string {
    return this.#baseUrl;
  }

  /**
   * Rejects with the fault that the answer tells, `lostAnswer` of none, SESSION_REQUEST_INVALID for a body that JSON does not
   * carry, or the reason of the caller's signal.
   */
  async ask(call: HttpCall): Promise<HttpAnswer> {
    const { signal } = call;
    signal?.throwIfAborted();
    const body = call.body && JSON.stringify(checkedBody(call.operation, call.body));
    let isLost = false;
    const onLost = () => {
      isLost = true;
      call.onLost?.();
    };
    try {
      return await this.#attempts.run(
        (attempt) => this.#send({ ...call, onLost }, body, attempt.signal),
        signal && { signal },
      );
    } catch (error) {
      if (signal?.aborted && error === signal.reason) throw error;
      if (isTimeout(error)) throw lostAnswer(call, error);
      // That the last attempt was refused says nothing of the one before, unless the session is the reason.
      throw call.writes && isLost && !isOfSession(error) ? lostAnswer(call, error) : error;
    }
  }

  async #send(call: HttpCall, body: string | undefined, signal: AbortSignal): Promise<HttpAnswer> {
    const { token, fetch: ask = fetch } = this.#options;
    const bearer = typeof token === 'function' ? await token() : token;
    const headers = new Headers({ accept: 'application/json' });
    if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`);
    if (body !== undefined) headers.set('content-type', 'application/json');
    for (const [name, value] of Object.entries(call.headers ?? {})) {
      if (value !== undefined) headers.set(name, value);
    }
    const init = {
      method: call.method,
      headers,
      signal,
      redirect: 'error',
      ...(body !== undefined && { body }),
    };
    let response: Response;
    let text: string;
    try {
      response = await ask(this.#baseUrl + call.path, init as RequestInit);
      text = await response.text();
    } catch (error) {
      const mayBeDone = !wasNotSent(error);
      if (mayBeDone) call.onLost?.();
      throw signal.aborted ? error : lostAnswer(call, error, mayBeDone);
    }
    if (!response.ok) {
      const fault = faultOfProblem(call, response, text);
      if (sessionFaults.SESSION_OUTCOME_UNKNOWN.matches(fault)) call.onLost?.();
      throw fault;
    }
    return { status: response.status, headers: response.headers, body: bodyOf(call, text) };
  }
}

/** Whether nothing listens: then nothing was sent. Where the host does not say, as in a browser, it may have been. */
function wasNotSent(error: unknown): boolean {
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return cause?.code === 'ECONNREFUSED' || cause?.code === 'ENOTFOUND';
}

function isTimeout(error: unknown): boolean {
  return timeoutFaults.TIMED_OUT.matches(error);
}

/** Whether it says how the session is: then a write that was done before would have been found. */
function isOfSession(error: unknown): boolean {
  if (sessionFaults.SESSION_REQUEST_UNDER_WAY.matches(error)) return false;
  return OF_SESSION.some((kind) => kind.matches(error));
}

const OF_SESSION = [
  sessionFaults.SESSION_NOT_FOUND,
  sessionFaults.SESSION_CONCURRENT_ACCESS,
  sessionFaults.SESSION_REQUEST_INVALID,
];

function bodyOf(call: HttpCall, text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw lostAnswer(call, error);
  }
}
