import { once } from 'node:events';
import { SimulatedClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { webSocketRoute } from '../index.ts';
import { ask } from '../server.fixture.ts';
import { guarded, login, OTHER, TOKEN } from './guarded-server.fixture.ts';
import { Sessions } from './sessions.ts';

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

  it('that is signed out, by itself or by time, loses its event streams and WebSockets', async () => {
    const clock = new SimulatedClock();
    const { url, server, told } = await guarded({ clock, sessionMs: 60_000 });
    server.onUpgrade('/open', webSocketRoute({ onConnection: (socket) => socket.send('open') }));
    for (const signOut of [
      (cookie: string) =>
        fetch(`${url}/api/logout`, { method: 'POST', headers: { cookie, origin: url } }).then(String),
      () => clock.advance(60_000).then(String),
    ]) {
      const { cookie } = await login(url);
      const stream = await fetch(`${url}/api/signals`, { headers: { cookie } });
      const socket = new WebSocket(`${url.replace('http', 'ws')}/open`, { headers: { cookie }, origin: url });
      await once(socket, 'message');
      const gone = [once(socket, 'close'), stream.text().catch(() => 'cut')];
      await signOut(cookie);
      await Promise.all(gone);
    }
    expect(told.filter(({ type }) => type === 'server.stream.closed').map(({ data }) => data)).toMatchObject([
      { end: 'signed-out' },
      { end: 'signed-out' },
    ]);
  });

  it('that signs in again is given another session, and the one before is over', async () => {
    const { url } = await guarded();
    const first = (await login(url)).cookie;
    const second = (await login(url, TOKEN, { cookie: first, origin: url })).cookie;
    expect(second).not.toBe(first);
    expect((await ask(`${url}/state`, { cookie: first })).status).toBe(401);
    expect((await ask(`${url}/state`, { cookie: second })).status).toBe(200);
  });

  it('keeps its session when a page of another port has set a cookie of our name before it', async () => {
    const { url } = await guarded();
    const { cookie } = await login(url);
    const both = `sustain_session=; sustain_session=bogus; a=b; ${cookie}`;
    expect((await ask(`${url}/state`, { cookie: both })).status).toBe(200);
    await fetch(`${url}/api/logout`, { method: 'POST', headers: { cookie: both, origin: url } });
    expect((await ask(`${url}/state`, { cookie: both })).status).toBe(401);
  });

  it('is signed out when a thousand have signed in after it with its token, so that memory does not grow', () => {
    const sessions = new Sessions(new SimulatedClock(), 60_000);
    const other = sessions.begin('other').key;
    const keys = Array.from({ length: 1001 }, () => sessions.begin('ops').key);
    expect(keys.map((key) => sessions.find(key) !== undefined).indexOf(true)).toBe(1);
    expect(sessions.find(other)).toMatchObject({ name: 'other' });
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
