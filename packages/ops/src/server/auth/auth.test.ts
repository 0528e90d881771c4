import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type Signal, SimulatedClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { webSocketRoute } from '../index.ts';
import { ask, newServer, problem } from '../server.fixture.ts';
import { AccessTokens } from './access-tokens.ts';
import type { AccessToken } from './index.ts';
import { Sessions } from './sessions.ts';

const TOKEN = 'correct-horse-battery';
const OTHER = 'another-long-enough-one';
const hash = createHash('sha256').update(OTHER).digest('hex');

/** A server that needs a token, with a route and a WebSocket of a system; all that it signals is kept. */
async function guarded(options: Parameters<typeof newServer>[0] = {}) {
  const { server, signals } = newServer({
    tokens: [{ name: 'ops', token: TOKEN }, `sha256:${hash}`],
    ...options,
  });
  const told: Signal[] = [];
  signals.onAny((signal) => told.push(signal));
  server.register(async (app) => {
    app.post('/control', async () => 'done');
    app.get('/state', async () => 'playing');
  });
  server.onUpgrade('/stream', webSocketRoute({ onConnection: (socket) => socket.close(1000, 'welcome') }));
  const url = await server.start();
  return { url, told, server };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function login(url: string, token = TOKEN, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  });
  const cookie = response.headers.get('set-cookie') ?? '';
  return { response, cookie: cookie.split(';')[0] ?? '', attributes: cookie.slice(cookie.indexOf(';') + 2) };
}

describe('access tokens', () => {
  it.each<[string, AccessToken[], RegExp]>([
    ['too short', ['short'], /"token-1" cannot be used: it has fewer than 16 characters.*randomBytes/],
    ['empty', [{ name: 'ops', token: '' }], /"ops" cannot be used: it has fewer than 16/],
    ['not for a header', ['sixteen characters with blanks'], /characters that a header cannot carry/],
    ['no hash', ['sha256:abc'], /its SHA-256 is not 64 hexadecimal digits/],
    [
      'named twice',
      [
        { name: 'a', token: TOKEN },
        { name: 'a', token: OTHER },
      ],
      /another one has its name/,
    ],
    ['there twice, once as hash', [OTHER, `sha256:${hash}`], /"token-2".*another one has the same text/],
    ['named like no name', [{ name: 'a b', token: TOKEN }], /its name is not 1 to 64 letters/],
  ])(
    'that are %s are refused at the start, with the cure and without the token',
    (_what, tokens, message) => {
      const make = () => newServer({ tokens });
      expect(make).toThrow(message);
      expect(make).toThrow(expect.objectContaining({ code: 'TOKEN_UNUSABLE' }));
      for (const text of [TOKEN, OTHER]) expect(make).not.toThrow(new RegExp(text));
    },
  );

  it('are known by their whole text only', () => {
    const tokens = new AccessTokens([TOKEN, { name: 'other', sha256: hash.toUpperCase() }]);
    expect(tokens.nameOf(TOKEN)).toBe('token-1');
    expect(tokens.nameOf(OTHER)).toBe('other');
    for (const wrong of ['', TOKEN.slice(0, -1), `${TOKEN}x`, hash, `sha256:${hash}`, TOKEN.toUpperCase()]) {
      expect(tokens.nameOf(wrong)).toBeUndefined();
    }
  });

  it('let a server listen for other machines', async () => {
    const { url } = await guarded({ host: '0.0.0.0' });
    const { port } = new URL(url);
    expect((await ask(`http://127.0.0.1:${port}/state`, bearer(TOKEN))).status).toBe(200);
    expect((await ask(`http://127.0.0.1:${port}/state`, {})).status).toBe(401);
  });
});

describe('with tokens', () => {
  it('everything needs one but liveness: routes, health, metrics, signals, WebSockets, what is not there', async () => {
    const { url } = await guarded({ metrics: { contentType: 'text/plain', text: async () => '' } });
    for (const path of [
      '/state',
      '/health',
      '/health/ready',
      '/metrics',
      '/api/',
      '/api/signals',
      '/nowhere',
    ]) {
      const response = await fetch(url + path);
      expect([path, response.status]).toEqual([path, 401]);
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm="sustain"');
      expect(await problem(response)).toMatchObject({ code: 'UNAUTHENTICATED', retryable: false });
    }
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await ask(`${url}/health/live`, {}, 'POST')).status).toBe(401);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/stream`);
    const [, response] = await once(socket, 'unexpected-response');
    expect([response.statusCode, response.headers['www-authenticate']]).toEqual([
      401,
      'Bearer realm="sustain"',
    ]);
  });

  it.each([TOKEN, OTHER])('the right one opens routes and WebSockets: %s', async (token) => {
    const { url } = await guarded();
    expect((await fetch(`${url}/state`, { headers: bearer(token) })).status).toBe(200);
    expect((await fetch(`${url}/control`, { method: 'POST', headers: bearer(token) })).status).toBe(200);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/stream`, { headers: bearer(token) });
    expect(String((await once(socket, 'close'))[1])).toBe('welcome');
  });

  it.each(['Basic b3BzOnh4eHg=', 'Bearer', 'Bearer ', 'Bearer a b', `Token ${TOKEN}`, `Bearer ${TOKEN}x`])(
    'another does not: %s',
    async (authorization) => {
      const { url } = await guarded();
      expect((await ask(`${url}/state`, { authorization })).status).toBe(401);
    },
  );

  it('no token gets into problems or signals, and none is taken from an address', async () => {
    const { url, told } = await guarded();
    const answers: string[] = [];
    for (const path of [`/state?token=${TOKEN}`, `/x?a=1&access_token=${TOKEN}`, `/%E0%A4%A?q=${TOKEN}`]) {
      const { status, body } = await ask(url + path, {});
      expect(status).toBe(400);
      answers.push(body);
    }
    expect(JSON.parse(answers[0] ?? '')).toMatchObject({
      code: 'TOKEN_IN_QUERY',
      detail: expect.stringContaining('Authorization: Bearer'),
    });
    answers.push((await ask(`${url}/state`, bearer(`${TOKEN}-mistyped`))).body);
    answers.push(await (await login(url, `${TOKEN}-mistyped`)).response.text());
    answers.push(await (await login(url)).response.text());
    const heard = JSON.stringify(told);
    expect(told.length).toBeGreaterThan(3);
    for (const text of [...answers, heard]) expect(text).not.toContain(TOKEN);
  });

  it('too many wrong ones of an address are compared no more, until time has passed; sessions go on', async () => {
    const clock = new SimulatedClock();
    const { url, told } = await guarded({ clock });
    const { cookie } = await login(url);
    const tries = [];
    for (let i = 0; i < 12; i++)
      tries.push((await ask(`${url}/state`, bearer(`wrong-token-number-${i}`))).status);
    expect(tries).toEqual([...new Array(10).fill(401), 429, 429]);
    expect((await login(url)).response.status).toBe(429);
    const response = await fetch(`${url}/state`, { headers: bearer(TOKEN) });
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '6']);
    expect((await ask(`${url}/state`, { cookie })).status).toBe(200);
    expect(told.filter(({ type }) => type === 'server.request.refused').at(-1)?.data).toMatchObject({
      fault: { code: 'TOO_MANY_ATTEMPTS', context: { address: '127.0.0.1' } },
    });
    await clock.advance(6000);
    expect((await ask(`${url}/state`, bearer(TOKEN))).status).toBe(200);
  });
});

describe('a browser', () => {
  it('signs in for a session in a cookie that no script reads and no other site sends', async () => {
    const { url } = await guarded();
    const { response, cookie, attributes } = await login(url, OTHER, { origin: url });
    expect(await response.json()).toEqual({
      name: 'token-2',
      expiresAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(attributes).toBe('Path=/; Max-Age=43200; HttpOnly; SameSite=Strict');
    expect(cookie).toMatch(/^sustain_session=[\w-]{43}$/);
    expect((await ask(`${url}/state`, { cookie })).status).toBe(200);
    expect((await ask(`${url}/control`, { cookie, origin: url }, 'POST')).status).toBe(200);
    const socket = new WebSocket(`${url.replace('http', 'ws')}/stream`, { headers: { cookie }, origin: url });
    expect(String((await once(socket, 'close'))[1])).toBe('welcome');
  });

  it('over https of a trusted proxy gets a Secure __Host- cookie and HSTS; of any other the header counts for nothing', async () => {
    const https = { 'x-forwarded-proto': 'https' };
    const { url } = await guarded({ trustedProxies: ['127.0.0.1'] });
    const { response, cookie, attributes } = await login(url, TOKEN, https);
    expect(response.headers.get('strict-transport-security')).toBe('max-age=31536000');
    expect(attributes).toBe('Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure');
    expect(cookie).toMatch(/^__Host-sustain_session=/);
    expect((await ask(`${url}/state`, { cookie, ...https })).status).toBe(200);
    const fixed = cookie.replace('__Host-', '');
    expect((await ask(`${url}/state`, { cookie: fixed, ...https })).status).toBe(401);
    const mine = { ...https, cookie, origin: url.replace('http:', 'https:') };
    expect((await ask(`${url}/control`, mine, 'POST')).status).toBe(200);
    expect((await ask(`${url}/control`, { ...mine, origin: url }, 'POST')).status).toBe(403);

    const plain = await guarded();
    const unsafe = await login(plain.url, TOKEN, https);
    expect(unsafe.cookie).toMatch(/^sustain_session=/);
    expect(unsafe.response.headers.has('strict-transport-security')).toBe(false);
  });

  it.each(['http://evil.example', 'null', 'http://localhost:3000'])(
    'lets pages of %s use its session for nothing (CSRF)',
    async (origin) => {
      const { url } = await guarded();
      const { cookie } = await login(url);
      for (const [path, method] of [
        ['/control', 'POST'],
        ['/api/login', 'POST'],
        ['/state', 'GET'],
      ] as const) {
        const { status, body } = await ask(url + path, { cookie, origin }, method);
        expect([status, JSON.parse(body).code]).toEqual([403, 'ORIGIN_REFUSED']);
      }
      const socket = new WebSocket(`${url.replace('http', 'ws')}/stream`, { headers: { cookie }, origin });
      expect((await once(socket, 'unexpected-response'))[1].statusCode).toBe(403);
    },
  );

  it('writes with its session only where the browser says from which page', async () => {
    const { url } = await guarded();
    const { cookie } = await login(url);
    const { status, body } = await ask(`${url}/control`, { cookie }, 'POST');
    expect([status, JSON.parse(body).code]).toEqual([403, 'SESSION_FROM_ELSEWHERE']);
  });

  it('is signed out by logout, and by time', async () => {
    const clock = new SimulatedClock();
    const { url } = await guarded({
      clock,
      sessionMs: 60_000,
      rates: { loopback: { perSecond: 1e6, burst: 1e6 } },
    });
    const status = async (cookie: string) => (await ask(`${url}/state`, { cookie })).status;
    const first = (await login(url)).cookie;
    const second = (await login(url)).cookie;
    expect(await status(first)).toBe(200);
    await fetch(`${url}/api/logout`, { method: 'POST', headers: { cookie: first, origin: url } });
    expect([await status(first), await status(second)]).toEqual([401, 200]);
    await clock.advance(60_001);
    expect(await status(second)).toBe(401);
    expect(await status('sustain_session=guess')).toBe(401);
  });

  it('is signed out when a thousand have signed in after it, so that memory does not grow', () => {
    const sessions = new Sessions(new SimulatedClock(), 60_000);
    const keys = Array.from({ length: 1001 }, () => sessions.begin('ops').key);
    expect(keys.map((key) => sessions.find(key) !== undefined).indexOf(true)).toBe(1);
  });

  it('that opens a page gets a page to sign in, without script, and comes back to where it wanted to', async () => {
    const { url } = await guarded();
    const response = await fetch(`${url}/state?a="><script>`, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(401);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    const page = await response.text();
    expect(page).toContain('action="/api/login"');
    expect(page).not.toContain('<script');
    const form = (next: string, token = TOKEN) =>
      fetch(`${url}/api/login`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: url, accept: 'text/html' },
        body: new URLSearchParams({ token, next }),
      });
    const there = await form('/state?a=1');
    expect([there.status, there.headers.get('location')]).toEqual([303, '/state?a=1']);
    for (const elsewhere of [
      '//evil.example',
      '/\\evil.example',
      'http://evil.example',
      'javascript:alert(1)',
      '/x\r\nset-cookie: a=b',
    ]) {
      expect((await form(elsewhere)).headers.get('location')).toBe('/');
    }
    const again = await form('/state', 'wrong-wrong-wrong-wrong');
    expect([again.status, await again.text()]).toEqual([401, expect.stringContaining('value="/state"')]);
  });
});

describe('without tokens', () => {
  it('nobody needs one, and there is no login', async () => {
    const { server } = newServer();
    const url = await server.start();
    expect((await fetch(`${url}/api/`)).status).toBe(200);
    expect((await login(url)).response.status).toBe(404);
  });
});
