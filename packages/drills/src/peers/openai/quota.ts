import { allowed, type Gate } from '../http/index.ts';
import { errorReply } from './openai-error.ts';
import { errorOf } from './refusals.ts';

export interface QuotaOptions {
  /** Tokens, of prompts and answers, that may be used. */
  readonly tokens: number;
  /** How often they are granted anew, in milliseconds from the first request. Default: only by `renew`. */
  readonly renewEveryMs?: number;
}

export interface Quota extends Gate {
  /** Below 0 when the last answer cost more than there was. */
  readonly leftTokens: number;
  /** Grants `tokens` anew, as a person does who pays. */
  renew(): void;
}

/**
 * Grants so many tokens, and then refuses with 429 `insufficient_quota`, which says nothing about when to come back. What
 * is asked for while there are tokens left is answered whole.
 */
export function quota({ tokens, renewEveryMs = Number.POSITIVE_INFINITY }: QuotaOptions): Quota {
  allowed('tokens', tokens, 0, Number.MAX_SAFE_INTEGER);
  allowed('renewEveryMs', renewEveryMs, 1, Number.POSITIVE_INFINITY);
  let leftTokens = tokens;
  let renewedMs: number | undefined;
  return {
    what: `it grants ${tokens} tokens`,
    get leftTokens() {
      return leftTokens;
    },
    renew() {
      leftTokens = tokens;
    },
    async pass(next, _request, { clock }) {
      const nowMs = clock.monotonicMs();
      renewedMs ??= nowMs;
      if (nowMs - renewedMs >= renewEveryMs) {
        renewedMs += Math.floor((nowMs - renewedMs) / renewEveryMs) * renewEveryMs;
        leftTokens = tokens;
      }
      if (leftTokens <= 0) return errorReply(errorOf('insufficient_quota'));
      const reply = await next();
      leftTokens -= reply.tokens ?? 0;
      return reply;
    },
  };
}
