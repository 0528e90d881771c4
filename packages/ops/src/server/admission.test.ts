import { describe, expect, it } from 'vitest';
import { ask, newServer } from './server.fixture.ts';

describe('the guard against other web sites', () => {
  it('refuses a Host that is not ours: a rebound name still tells', async () => {
    const { server } = newServer();
    const url = await server.start();
    const { status, body } = await ask(`${url}/health`, { host: 'evil.example:4400' });
    expect([status, JSON.parse(body).code]).toEqual([421, 'HOST_REFUSED']);
  });

  it.each(['localhost', 'LOCALHOST:1', '127.0.0.1:4400', '[::1]:4400', 'studio.example'])(
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
    }
    expect((await fetch(`${url}/own`)).headers.get('content-security-policy')).toBe("default-src 'none'");
  });
});
