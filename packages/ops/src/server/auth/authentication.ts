import type { IncomingMessage } from 'node:http';
import type { Clock } from '@sustain/kernel';
import { type Client, KeyedQuotas } from '../rate-limit/index.ts';
import { Refusal } from '../refusal.ts';
import { type AccessToken, AccessTokens } from './access-tokens.ts';
import { authFaults } from './auth-faults.ts';
import { sessionKeysIn } from './session-cookie.ts';
import { Sessions } from './sessions.ts';
import { type TokenVerifier, TokenVerifiers } from './token-verifiers.ts';

export interface AuthenticationOptions {
  /** Who may come in. With none, everybody may. */
  readonly tokens: readonly AccessToken[];
  /** How long a browser stays signed in. Milliseconds. */
  readonly sessionMs: number;
  readonly clock: Clock;
}

/**
 * Who asks: the name of the token, and whether it came as a header or through a session's cookie; `granted`: with a token
 * that a system has issued, and what it is good for.
 */
export type Identity =
  | { readonly state: 'anonymous' }
  | { readonly state: 'token'; readonly name: string }
  | { readonly state: 'session'; readonly name: string; readonly over: AbortSignal }
  | { readonly state: 'granted'; readonly name: string; readonly grant: unknown };

/** Who is let in, or why nobody is. */
export type Admitted = Identity | Refusal;

/**
 * Decides who asks. With tokens configured, everything needs one but `/health/live`, which tells nothing, and
 * `POST /api/login`, which brings one. A token comes in the header Authorization; a browser, whose event streams and
 * WebSockets cannot send that, brings the cookie of its session.
 *
 * Routes of a system that issues tokens itself need one of its own or one of the server's, also where the server has none.
 *
 * Wrong tokens are counted by address; who has sent too many learns of none whether it is right until time has passed, also
 * of those that came at once. Sessions go on.
 */
export class Authentication {
  readonly sessions: Sessions;
  readonly #tokens: AccessTokens;
  readonly #clock: Clock;
  readonly #attempts = new KeyedQuotas({ perSecond: 1 / 6, burst: 10 });
  readonly #verifiers = new TokenVerifiers();

  /** Throws TOKEN_UNUSABLE. */
  constructor({ tokens, sessionMs, clock }: AuthenticationOptions) {
    this.#tokens = new AccessTokens(tokens);
    this.sessions = new Sessions(clock, sessionMs);
    this.#clock = clock;
  }

  get required(): boolean {
    return this.#tokens.size > 0;
  }

  /** The routes of `prefix` and below also take the tokens that `verify` knows. Throws a RangeError for a bad prefix. */
  addVerifier(prefix: string, verify: TokenVerifier): void {
    this.#verifiers.add(prefix, verify);
  }

  /**
   * Who asks, or why it is not let in; later, when a system has to be asked about a token. `writes`: whether the request may
   * change something. `route`: the template of its route, where it has one.
   */
  identify(request: IncomingMessage, client: Client, writes: boolean, route?: undefined): Admitted;
  identify(
    request: IncomingMessage,
    client: Client,
    writes: boolean,
    route: string | undefined,
  ): Admitted | Promise<Admitted>;
  identify(
    request: IncomingMessage,
    client: Client,
    writes: boolean,
    route?: string,
  ): Admitted | Promise<Admitted> {
    const verify = this.#verifiers.of(route);
    if (!this.required && verify === undefined) return { state: 'anonymous' };
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
      if (verify !== undefined) return this.#identifyGranted(token, client, verify);
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
  nameOf(token: string, client: Client): string | Refusal {
    const refusal = this.#tooManyAttempts(client);
    if (refusal !== undefined) return refusal;
    const name = this.#tokens.nameOf(token);
    if (name !== undefined) return name;
    this.#countWrong(client);
    return refused('the access token is not known');
  }

  async #identifyGranted(token: string, client: Client, verify: TokenVerifier): Promise<Admitted> {
    const refusal = this.#tooManyAttempts(client);
    if (refusal !== undefined) return refusal;
    const name = this.#tokens.nameOf(token);
    if (name !== undefined) return { state: 'token', name };
    const verdict = await verify(token);
    // Others may have been found wrong meanwhile: a burst learns no more than guesses one after the other.
    const late = this.#tooManyAttempts(client);
    if (late !== undefined) return late;
    if (verdict.ok) return { state: 'granted', name: verdict.name, grant: verdict.grant };
    if (verdict.isForged) this.#countWrong(client);
    return new Refusal(verdict.fault, 401, { headers: { 'www-authenticate': INVALID_TOKEN } });
  }

  #tooManyAttempts({ address, addressKey }: Client): Refusal | undefined {
    const retryAfterMs = this.#attempts.waitMs(addressKey, this.#clock.monotonicMs());
    if (retryAfterMs === 0) return undefined;
    return new Refusal(authFaults.TOO_MANY_ATTEMPTS({ address, retryAfterMs }), 429);
  }

  #countWrong({ addressKey }: Client): void {
    this.#attempts.take(addressKey, this.#clock.monotonicMs());
  }
}

/** RFC 6750, section 3.1. */
const INVALID_TOKEN = 'Bearer realm="sustain", error="invalid_token"';

/** Open to everybody. */
export const LIVE_PATH = '/health/live';
export const LOGIN_PATH = '/api/login';

const tokenParameter = /(?:^|&)((?:access_|auth_)?token|bearer|api_?key)=/i;

function refused(reason: string): Refusal {
  return new Refusal(authFaults.UNAUTHENTICATED({ reason }), 401);
}
