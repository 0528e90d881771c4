import { once } from 'node:events';
import { SimulatedClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ask, newServer, problem } from '../server.fixture.ts';
import { AccessTokens } from './access-tokens.ts';
import { bearer, guarded, hash, login, OTHER, TOKEN } from './guarded-server.fixture.ts';
import type { AccessToken } from './index.ts';

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
    const { url } = await guarded({
      metrics: { scrape: async () => ({ contentType: 'text/plain', body: '' }) },
    });
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

describe('without tokens', () => {
  it('nobody needs one, and there is no login', async () => {
    const { server } = newServer();
    const url = await server.start();
    expect((await fetch(`${url}/api/`)).status).toBe(200);
    expect((await login(url)).response.status).toBe(404);
  });
});
