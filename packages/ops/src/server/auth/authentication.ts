import type { IncomingMessage } from 'node:http';
import type { Clock } from '@sustain/kernel';
import { type Client, KeyedQuotas } from '../rate-limit/index.ts';
import { Refusal } from '../refusal.ts';
import { type AccessToken, AccessTokens } from './access-tokens.ts';
import { authFaults } from './auth-faults.ts';
import { sessionKeysIn } from './session-cookie.ts';
import { Sessions } from './sessions.ts';

export interface AuthenticationOptions {
  /** Who may come in. With none, everybody may. */
  readonly tokens: readonly AccessToken[];
  /** How long a browser stays signed in. Milliseconds. */
  readonly sessionMs: number;
  readonly clock: Clock;
}

/** Who asks: the name of the token, and whether it came as a header or through a session's cookie. */
export type Identity =
  | { readonly state: 'anonymous' }
  | { readonly state: 'token'; readonly name: string }
  | { readonly state: 'session'; readonly name: string; readonly over: AbortSignal };

/**
 * Decides who asks. With tokens configured, everything needs one but `/health/live`, which tells nothing, and
 * `POST /api/login`, which brings one. A token comes in the header Authorization; a browser, whose event streams and
 * WebSockets cannot send that, brings the cookie of its session.
 *
 * Wrong tokens are counted by address; who has sent too many is not even compared until time has passed. Sessions go on.
 */
export class Authentication {
  readonly sessions: Sessions;
  readonly #tokens: AccessTokens;
  readonly #clock: Clock;
  readonly #attempts = new KeyedQuotas({ perSecond: 1 / 6, burst: 10 });

  /** Throws TOKEN_UNUSABLE. */
  constructor({ tokens, sessionMs, clock }: AuthenticationOptions) {
    this.#tokens = new AccessTokens(tokens);
    this.sessions = new Sessions(clock, sessionMs);
    this.#clock = clock;
  }

  get required(): boolean {
    return this.#tokens.size > 0;
  }

  /** Who asks, or why it is not let in. `writes`: whether the request may change something. */
  identify(request: IncomingMessage, client: Client, writes: boolean): Identity | Refusal {
    if (!this.required) return { state: 'anonymous' };
    const { method, url = '', headers } = request;
    const [path = '', query = ''] = url.split('?', 2);
    if (path === LIVE_PATH && !writes) return { state: 'anonymous' };
    const parameter = tokenParameter.exec(query)?.[1];
    if (parameter !== undefined) return new Refusal(authFaults.TOKEN_IN_QUERY({ parameter }), 400);
    if (path === LOGIN_PATH && method === 'POST' && headers.upgrade === undefined)
      return { state: 'anonymous' };
    if (headers.authorization !== undefined) {
      const token = /^Bearer +([\x21-\x7e]+) *$/i.exec(headers.authorization)?.[1];
      if (token === undefined) return refused('the header Authorization is not "Bearer <token>"');
      const name = this.nameOf(token, client);
      return typeof name === 'string' ? { state: 'token', name } : name;
    }
    const keys = sessionKeysIn(headers.cookie, client.isHttps);
    if (keys.length === 0) return refused('this needs an access token');
    const session = keys.map((key) => this.sessions.find(key)).find((found) => found !== undefined);
    if (session === undefined) return refused('the session is over');
    // Browsers send it with whatever writes; that it is ours has been checked.
    if (writes && headers.origin === undefined)
      return new Refusal(authFaults.SESSION_FROM_ELSEWHERE({}), 403);
    return { state: 'session', name: session.name, over: session.over };
  }

  /** The name of a token, or why it is refused: not known, or too many wrong ones before. */
  nameOf(token: string, { address, addressKey }: Client): string | Refusal {
    const nowMs = this.#clock.monotonicMs();
    const retryAfterMs = this.#attempts.waitMs(addressKey, nowMs);
    if (retryAfterMs > 0) return new Refusal(authFaults.TOO_MANY_ATTEMPTS({ address, retryAfterMs }), 429);
    const name = this.#tokens.nameOf(token);
    if (name !== undefined) return name;
    this.#attempts.take(addressKey, nowMs);
    return refused('the access token is not known');
  }
}

/** Open to everybody. */
export const LIVE_PATH = '/health/live';
export const LOGIN_PATH = '/api/login';

const tokenParameter = /(?:^|&)((?:access_|auth_)?token|bearer|api_?key)=/i;

function refused(reason: string): Refusal {
  return new Refusal(authFaults.UNAUTHENTICATED({ reason }), 401);
}
