import { authFaults } from '@sustain/ops/server';
import { sourceOf } from '../source-of.ts';
import { ask, askRaw, upgradeBytes } from './asking.ts';
import { bearer, type GuardedServer, OTHER_TOKEN, TOKEN } from './guarded-server.ts';
import { refusedClient } from './refused-client.ts';

const authentication = sourceOf('packages/ops/src/server/auth/authentication.ts');
const WRONG_TOKEN = 'a-token-of-nobody-at-all';

export const withoutToken = refusedClient({
  name: 'without-token',
  fault: authFaults.UNAUTHENTICATED,
  breaks: 'a client without a token asks for what needs one',
  notices: 'nothing; who asked is answered 401',
  status: 401,
  ask: ({ url }, signal) => ask(`${url}/volume`, { signal }),
  sabotage: {
    file: authentication,
    replace: "if (keys.length === 0) return refused('this needs an access token');",
    by: "if (keys.length === 0) return { state: 'anonymous' };",
  },
});

export const webSocketWithoutToken = refusedClient({
  name: 'web-socket-without-token',
  fault: authFaults.UNAUTHENTICATED,
  breaks: 'a client without a token opens a WebSocket',
  notices: 'nothing; who asked is answered 401',
  status: 401,
  ask: ({ url }, signal) => askRaw(url, upgradeBytes('/stream', {}), signal),
  sabotage: {
    file: sourceOf('packages/ops/src/server/upgrades.ts'),
    replace: 'identity instanceof Refusal ? identity : this.#accept(request, socket, head)',
    by: 'this.#accept(request, socket, head)',
  },
});

export const afterSigningOut = refusedClient({
  name: 'after-signing-out',
  fault: authFaults.UNAUTHENTICATED,
  breaks: 'somebody goes on with the cookie of a session that was signed out',
  notices: 'nothing; who signed out has to sign in again',
  status: 401,
  ask: async ({ url }, signal) => {
    const cookie = await signIn(url, OTHER_TOKEN, signal);
    await ask(`${url}/volume`, { headers: { cookie }, signal });
    await ask(`${url}/api/logout`, { method: 'POST', headers: { cookie, origin: url }, signal });
    return ask(`${url}/volume`, { headers: { cookie }, signal });
  },
  sabotage: {
    file: sourceOf('packages/ops/src/server/auth/sessions.ts'),
    replace: 'this.#sessions.delete(hash);',
    by: '',
  },
});

export const guessedTokens = refusedClient({
  name: 'guessed-tokens',
  fault: authFaults.TOO_MANY_ATTEMPTS,
  breaks: 'a program guesses tokens, from the address from which a browser is signed in',
  notices: 'nothing; from that address nobody signs in until time has passed',
  status: 429,
  secret: WRONG_TOKEN,
  letsSomeIn: true,
  async prepare(server) {
    server.client = { cookie: await signIn(server.url, TOKEN), origin: server.url };
    for (let guess = 0; guess < 10; guess++) await refusedGuess(server);
  },
  ask: ({ url }, signal) => ask(`${url}/volume`, { headers: bearer(WRONG_TOKEN), signal }),
  sabotage: {
    file: authentication,
    replace: 'this.#attempts.take(addressKey, this.#clock.monotonicMs());',
    by: '',
  },
});

export const tokenInQuery = refusedClient({
  name: 'token-in-address',
  fault: authFaults.TOKEN_IN_QUERY,
  breaks: 'a client sends its token in the address, where logs keep it',
  notices: 'nothing; who asked is answered 400, and told to make a new token',
  status: 400,
  secret: OTHER_TOKEN,
  ask: ({ url }, signal) =>
    ask(`${url}/volume?access_token=${OTHER_TOKEN}`, { headers: bearer(OTHER_TOKEN), signal }),
  sabotage: {
    file: authentication,
    replace: 'if (parameter !== undefined)',
    by: 'if (false)',
  },
});

export const sessionFromElsewhere = refusedClient({
  name: 'cookie-without-origin',
  fault: authFaults.SESSION_FROM_ELSEWHERE,
  breaks: 'a program writes with the cookie of a browser, and without its Origin',
  notices: 'nothing; who asked is answered 403',
  status: 403,
  ask: async ({ url }, signal) => {
    const cookie = await signIn(url, OTHER_TOKEN, signal);
    return ask(`${url}/volume`, {
      method: 'PUT',
      headers: { cookie, 'content-type': 'application/json' },
      body: '{"volume":100}',
      signal,
    });
  },
  sabotage: {
    file: authentication,
    replace: 'if (writes && headers.origin === undefined)',
    by: 'if (false)',
  },
});

/** The cookie of a new session. */
async function signIn(url: string, token: string, signal?: AbortSignal): Promise<string> {
  const { headers } = await ask(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ token }),
    ...(signal && { signal }),
  });
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

/** As many as are let through before it is too many. */
async function refusedGuess({ url }: GuardedServer): Promise<void> {
  const answer = await ask(`${url}/volume`, { headers: bearer(WRONG_TOKEN) }).catch(
    (refused) => refused.answer,
  );
  if (answer.status !== 401) throw new Error(`a wrong token was answered ${answer.status}`);
}
