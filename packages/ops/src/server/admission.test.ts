import type { Fault, Signal } from '@sustain/kernel';
import { useAsyncOperations } from '@sustain/kernel/node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { requestRefused } from './index.ts';
import { ask, newServer } from './server.fixture.ts';

it('what refuses a request knows the operation that its answer and its signal name', async () => {
  onTestFinished(useAsyncOperations());
  const { server, signals } = newServer();
  const told = Promise.withResolvers<Signal<{ readonly fault: Fault }>>();
  signals.on(requestRefused, told.resolve);
  const { body } = await ask(`${await server.start()}/health`, { host: 'evil.example' });
  const { operationId, data } = await told.promise;
  expect([data.fault.operationId, JSON.parse(body).operationId]).toEqual([operationId, operationId]);
});

describe('the guard against other web sites', () => {
  it('refuses a Host that is not ours: a rebound name still tells', async () => {
    const { server } = newServer();
    const url = await server.start();
    const { status, body } = await ask(`${url}/health`, { host: 'evil.example:4400' });
    expect([status, JSON.parse(body).code]).toEqual([421, 'HOST_REFUSED']);
  });

  it.each([
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    'user@localhost',
    'localhost.',
    '2130706433',
    '[::1].x',
  ])('refuses the Host "%s" (DNS rebinding)', async (host) => {
    const { server } = newServer();
    const { status, body } = await ask(`${await server.start()}/health`, { host });
    expect([status, JSON.parse(body).code]).toEqual([421, 'HOST_REFUSED']);
  });

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1:4400', '[::1]:4400', '192.168.1.7:80', 'studio.example'])(
    'answers to %s',
    async (host) => {
      const { server } = newServer({ allowedHosts: ['studio.example'] });
      expect((await ask(`${await server.start()}/health`, { host })).status).toBe(200);
    },
  );

  it.each(['http://evil.example', 'http://localhost:3000', 'null', 'http://127.0.0.1:4400.evil.example'])(
    'lets a page of %s write nothing',
    async (origin) => {
      const { server } = newServer();
      const { status, body } = await ask(`${await server.start()}/health`, { origin }, 'POST');
      expect([status, JSON.parse(body).code]).toEqual([403, 'ORIGIN_REFUSED']);
    },
  );

  it.each([
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
  ])('lets other pages read nothing either, nor take a place at the event stream: %o', async (headers) => {
    const { server } = newServer({ maxStreams: 1 });
    const url = await server.start();
    for (const path of ['/health', '/api/signals']) {
      const { status, body } = await ask(url + path, headers as Record<string, string>);
      expect([status, JSON.parse(body).code]).toEqual([403, 'ORIGIN_REFUSED']);
    }
  });

  it('lets other pages link to its own', async () => {
    const { server } = newServer();
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    const url = await server.start();
    expect((await ask(`${url}/health`, link)).status).toBe(200);
    expect((await ask(`${url}/health`, link, 'POST')).status).toBe(403);
    expect(
      (await ask(`${url}/health`, { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' })).status,
    ).toBe(200);
  });

  it('lets its own pages write', async () => {
    const { server } = newServer();
    server.register(async (app) => {
      app.post('/control', async () => 'done');
    });
    const url = await server.start();
    expect((await ask(`${url}/control`, { origin: url }, 'POST')).status).toBe(200);
  });

  it('sends security headers with every answer, and lets a route choose its own', async () => {
    const { server } = newServer();
    server.register(async (app) => {
      app.get('/own', async (_request, reply) =>
        reply.header('content-security-policy', "default-src 'none'").send('ok'),
      );
    });
    const url = await server.start();
    for (const path of ['/health', '/nowhere', '/%E0%A4%A']) {
      const { headers } = await fetch(url + path);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('permissions-policy')).toContain('camera=()');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('cache-control')).toBe('no-store');
      // With no-referrer, browsers would send `Origin: null` with forms of our own.
      expect(headers.get('referrer-policy')).toBe('same-origin');
      expect(headers.has('strict-transport-security')).toBe(false);
    }
    expect((await fetch(`${url}/own`)).headers.get('content-security-policy')).toBe("default-src 'none'");
  });
});
