import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Signal, SimulatedClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { requestRefused } from './index.ts';
import { ask, askRaw, newServer, problem } from './server.fixture.ts';

const socketTo = (url: string): Socket => connect(Number(new URL(url).port), '127.0.0.1');

describe('clients that mean no good', () => {
  it.each([
    ['no HTTP', 'NONSENSE\r\n\r\n', 400],
    ['no Host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400],
    [
      'two lengths',
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
    ],
    [
      'a length and chunks (request smuggling)',
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health HTTP/1.1\r\n\r\n',
      400,
    ],
    ['a header with a bare line feed', 'GET / HTTP/1.1\r\nHost: localhost\r\nX: a\nb\r\n\r\n', 400],
    ['20 kB of headers', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    [
      'a flood of small headers',
      `GET / HTTP/1.1\r\nHost: localhost\r\n${'X-A: 1\r\n'.repeat(3000)}\r\n`,
      431,
    ],
    ['a method that nobody knows', 'BREW /health HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
  ])('that send %s get a problem and are disconnected', async (_what, request, status) => {
    const { server } = newServer();
    const answer = await askRaw(await server.start(), request);
    expect(answer).toMatch(
      new RegExp(`^HTTP/1\\.1 ${status} .*application/problem\\+json.*REQUEST_INVALID`, 's'),
    );
    expect(answer).toContain('x-content-type-options: nosniff');
  });

  it('that send nonsense while they are answered get no second answer within the first', async () => {
    const { server } = newServer();
    const socket = socketTo(await server.start());
    const answer = text(socket);
    socket.write('GET /api/signals HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(socket, 'data');
    socket.write('NONSENSE\r\n\r\n');
    expect((await answer).match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('that expect what nobody knows are asked who they are and from where, as everybody', async () => {
    const { server } = newServer();
    const odd = (host: string) =>
      `GET /health HTTP/1.1\r\nHost: ${host}\r\nExpect: cats\r\nConnection: close\r\n\r\n`;
    const url = await server.start();
    expect(await askRaw(url, odd('evil.example'))).toMatch(/^HTTP\/1\.1 421 .*HOST_REFUSED/s);
    expect(await askRaw(url, odd('localhost'))).toMatch(/^HTTP\/1\.1 200/);
  });

  it('that send a byte now and then (slow loris) are told 408 and disconnected; others are served meanwhile', async () => {
    const { server } = newServer({ requestTimeoutMs: 900 });
    const url = await server.start();
    const slow = Array.from({ length: 50 }, () => {
      const socket = socketTo(url);
      socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nX-');
      return text(socket);
    });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    for (const answer of await Promise.all(slow)) expect(answer).toMatch(/^HTTP\/1\.1 408 .*problem\+json/s);
  });

  it('that do not send the body they promise are told 408, too', async () => {
    const { server } = newServer({ requestTimeoutMs: 900 });
    server.register(async (app) => {
      app.post('/x', async () => 'ok');
    });
    const head =
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{';
    expect(await askRaw(await server.start(), head)).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that ask a thousand things at once on one connection are answered in order', async () => {
    const { server } = newServer();
    const url = await server.start();
    const one = 'GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n';
    const last = 'GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    const answers = await askRaw(url, one.repeat(1000) + last);
    const statuses = [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toEqual([...new Array(1000).fill('200'), '404']);
  });

  it('that send a body of 1 MB without saying its length are stopped at the limit', async () => {
    const { server } = newServer();
    server.register(async (app) => {
      app.post('/x', async () => 'ok');
    });
    const socket = socketTo(await server.start());
    const answer = once(socket, 'data');
    socket.on('error', () => socket.destroy());
    socket.write(
      'POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    );
    for (let i = 0; i < 16 && socket.writable; i++) socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`);
    expect(String(await answer)).toMatch(/^HTTP\/1\.1 413 .*BODY_TOO_LARGE/s);
    socket.destroy();
  });

  it('that open too many connections lose the last ones, and the first are served', async () => {
    const { server } = newServer({ maxConnections: 5 });
    const url = await server.start();
    const sockets = Array.from({ length: 5 }, () => socketTo(url));
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    const sixth = socketTo(url);
    sixth.on('error', () => sixth.destroy());
    await once(sixth, 'close');
    sockets[0]?.write('GET /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await text(sockets[0] as Socket)).toMatch(/^HTTP\/1\.1 200/);
    for (const socket of sockets) socket.destroy();
  });
});

describe('who asks too much', () => {
  const rates = { loopback: { perSecond: 10, burst: 3 } };

  it('gets 429 with Retry-After and is served when that has passed; liveness is always told', async () => {
    const clock = new SimulatedClock();
    const { server, signals } = newServer({ clock, rates });
    const told: Signal[] = [];
    signals.on(requestRefused, (signal) => told.push(signal));
    const url = await server.start();
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await ask(`${url}/health`, {})).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    const response = await fetch(`${url}/api/`);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(await problem(response)).toMatchObject({ code: 'TOO_MANY_REQUESTS', retryable: true });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await ask(`${url}/health/live`, {}, 'POST')).status).toBe(429);
    expect(told).toHaveLength(3);
    await clock.advance(100);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it('is told from others by the address that a trusted proxy names, of which nobody else can make one up', async () => {
    const limits = { ...rates, perAddress: { perSecond: 1, burst: 1 } };
    const clock = new SimulatedClock();
    const { server } = newServer({ clock, rates: limits, trustedProxies: ['127.0.0.0/8', '10.0.0.0/8'] });
    const url = await server.start();
    const from = async (forwarded: string) =>
      (await ask(`${url}/api/`, { 'x-forwarded-for': forwarded })).status;
    expect([await from('203.0.113.7'), await from('203.0.113.7')]).toEqual([200, 429]);
    expect(await from('203.0.113.8')).toBe(200);
    // What stands before the last address that is not ours is what a client claims.
    expect(await from('198.51.100.1, 203.0.113.7')).toBe(429);
    expect(await from('203.0.113.9, 10.1.2.3')).toBe(200);
    expect([
      await from('2001:db8::1'),
      await from('2001:db8:0:0:ffff::2'),
      await from('2001:db8:0:1::1'),
    ]).toEqual([200, 429, 200]);

    const untrusting = await newServer({ clock, rates }).server.start();
    const statuses = [];
    for (let i = 0; i < 4; i++)
      statuses.push((await ask(`${untrusting}/api/`, { 'x-forwarded-for': `203.0.113.${i}` })).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
  });

  it('is limited by token, from whatever addresses', async () => {
    const token = 'correct-horse-battery';
    const { server } = newServer({
      clock: new SimulatedClock(),
      tokens: [token, 'another-token-of-others'],
      rates: { perToken: { perSecond: 1, burst: 2 } },
      trustedProxies: ['127.0.0.1'],
    });
    const url = await server.start();
    const statuses = [];
    for (let i = 0; i < 3; i++) {
      const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': `203.0.113.${i}` };
      statuses.push((await ask(`${url}/api/`, headers)).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
    expect((await ask(`${url}/api/`, { authorization: 'Bearer another-token-of-others' })).status).toBe(200);
  });

  it.each([
    [
      { trustedProxies: ['proxy.example'] },
      /trustedProxies must be addresses or networks.*got "proxy.example"/,
    ],
    [{ trustedProxies: ['10.0.0.0/33'] }, /got "10.0.0.0\/33"/],
    [
      { rates: { perToken: { perSecond: 0, burst: 1 } } },
      /tokensPerSecond of the token bucket must be a number above 0/,
    ],
    [{ signalHistory: 0 }, /capacity of the signal history must be a whole number from 1 to 1000000; got 0/],
    [{ maxStreams: 1.5 }, /maxStreams of the server must be a whole number/],
    [{ heartbeatMs: Number.NaN }, /heartbeatMs of the server/],
  ])('cannot be told with impossible options: %#', (options, message) => {
    expect(() => newServer(options)).toThrow(message);
  });
});
