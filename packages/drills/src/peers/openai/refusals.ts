import { allowed, checkPace, type Pace, type Step, type Times } from '../http/index.ts';
import { errorReply, errorWithin, INVALID_REQUEST, type OpenAiError } from './openai-error.ts';

/** A status, or a code, which has its status. */
export type Refusal = keyof typeof refusals;

export interface RefuseOptions extends Pace, Times {
  /** 429 and 503: when to come back, as `retry-after` in whole seconds and `retry-after-ms`. Default: not said. */
  readonly retryAfterMs?: number;
  /** After so many events of a stream, whose status is 200 then. Default: instead of it. */
  readonly afterPieces?: number;
}

/** Answers with an error, as OpenAI words it: `refuse('invalid_api_key')`, `refuse(503, { times: 3 })`. */
export function refuse(refusal: Refusal | number, options: RefuseOptions = {}): Step<never> {
  const { retryAfterMs, afterPieces, times } = options;
  if (retryAfterMs !== undefined) allowed('retryAfterMs', retryAfterMs, 0, Number.MAX_SAFE_INTEGER);
  const error: OpenAiError = {
    ...errorOf(refusal),
    ...(retryAfterMs !== undefined && { headers: retryAfter(retryAfterMs) }),
  };
  return {
    what: `it refuses with ${error.status} ${error.code ?? error.type}`,
    reply: async (own) =>
      afterPieces === undefined ? errorReply(error) : errorWithin(await own(), error, afterPieces),
    delivery: checkPace(options),
    ...(times !== undefined && { times }),
  };
}

export function retryAfter(retryAfterMs: number): Readonly<Record<string, string>> {
  return {
    'retry-after': `${Math.ceil(retryAfterMs / 1000)}`,
    'retry-after-ms': `${Math.ceil(retryAfterMs)}`,
  };
}

export function errorOf(refusal: Refusal | number): OpenAiError {
  if (typeof refusal === 'string') {
    const [status, type, message] = refusals[refusal];
    return { status, type, message, code: NO_CODE.test(refusal) ? null : refusal };
  }
  const code = statuses[refusal];
  if (code !== undefined) return errorOf(code);
  allowed('the status of a refusal', refusal, 400, 599);
  const type = refusal < 500 ? INVALID_REQUEST : 'server_error';
  return { status: refusal, type, code: null, message: `The request failed with ${refusal}.` };
}

/** Types and codes as OpenAI's API sends them (its guide "Error codes"); the messages are ours. */
const refusals = {
  invalid_request_error: [400, INVALID_REQUEST, 'The request is not valid.'],
  context_length_exceeded: [400, INVALID_REQUEST, 'The input is longer than the context of the model.'],
  invalid_api_key: [401, INVALID_REQUEST, 'Incorrect API key provided.'],
  unsupported_country_region_territory: [403, 'request_forbidden', 'This region is not supported.'],
  model_not_found: [404, INVALID_REQUEST, 'The model does not exist or you do not have access to it.'],
  rate_limit_exceeded: [429, 'requests', 'Rate limit reached on requests per min (RPM).'],
  insufficient_quota: [429, 'insufficient_quota', 'You exceeded your current quota.'],
  server_error: [500, 'server_error', 'The server had an error while processing your request.'],
  service_unavailable_error: [503, 'service_unavailable_error', 'The engine is overloaded, try again later.'],
} as const satisfies Record<string, readonly [status: number, type: string, message: string]>;

/** Of these the type is all there is. */
const NO_CODE = /_error$/;

const statuses: Readonly<Record<number, Refusal>> = {
  400: 'invalid_request_error',
  401: 'invalid_api_key',
  403: 'unsupported_country_region_territory',
  404: 'model_not_found',
  429: 'rate_limit_exceeded',
  500: 'server_error',
  503: 'service_unavailable_error',
};
