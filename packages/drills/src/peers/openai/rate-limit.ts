import type { Gate, Reply } from '../http/index.ts';
import { allowed } from '../http/index.ts';
import { errorReply } from './openai-error.ts';
import { errorOf, retryAfter } from './refusals.ts';

export interface RateLimitOptions {
  /** Requests a minute, evenly renewed, and at most so many at once. At least 1. */
  readonly perMinute: number;
}

/**
 * Limits how often it may be asked: a token bucket, told to clients in `x-ratelimit-*-requests`, and 429
 * `rate_limit_exceeded` with `retry-after` when it is empty. To refuse a certain number of times, see `refuse(429)`.
 */
export function rateLimit({ perMinute }: RateLimitOptions): Gate {
  allowed('perMinute', perMinute, 1, 1e9);
  const perMs = perMinute / 60_000;
  let bucket: { readonly left: number; readonly atMs: number } | undefined;

  function headers(left: number): Readonly<Record<string, string>> {
    return {
      'x-ratelimit-limit-requests': `${perMinute}`,
      'x-ratelimit-remaining-requests': `${Math.floor(left)}`,
      'x-ratelimit-reset-requests': inWords((perMinute - left) / perMs),
    };
  }

  return {
    what: `it takes ${perMinute} requests a minute`,
    async pass(next, _request, { clock }): Promise<Reply> {
      const nowMs = clock.monotonicMs();
      const { left: before, atMs } = bucket ?? { left: perMinute, atMs: nowMs };
      const left = Math.min(perMinute, before + (nowMs - atMs) * perMs);
      if (left < 1 - ROUNDING) {
        bucket = { left, atMs: nowMs };
        return errorReply({
          ...errorOf('rate_limit_exceeded'),
          headers: { ...headers(left), ...retryAfter((1 - left) / perMs) },
        });
      }
      bucket = { left: left - 1, atMs: nowMs };
      const told = headers(left - 1);
      const reply = await next();
      return { ...reply, headers: { ...reply.headers, ...told } };
    },
  };
}

/** Who comes when he was told to is let in. */
const ROUNDING = 1e-6;

/** As in `20ms`, `1.5s`, `6m0s`. */
function inWords(durationMs: number): string {
  const ms = Math.round(durationMs);
  if (ms < 1000) return `${ms}ms`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = (ms - minutes * 60_000) / 1000;
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
