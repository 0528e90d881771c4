import { AsyncLocalStorage } from 'node:async_hooks';
import { type Operation, setOperationCarrier } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { Refusal, requestRefused, serverFaults } from './index.ts';
import { askRaw, newServer, problem } from './server.fixture.ts';

describe('problems', () => {
  it('answers an unknown route as problem+json', async () => {
    const { server } = newServer();
    const response = await fetch(`${await server.start()}/nowhere?token=secret`);
    expect(response.status).toBe(404);
    expect(await problem(response)).toEqual({
      type: 'urn:sustain:fault:server:NOT_FOUND',
      title: 'Not Found',
      status: 404,
      detail: 'there is no route GET /nowhere',
      code: 'NOT_FOUND',
      severity: 'INFO',
      retryable: false,
      operationId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('refuses a body over the limit and names the limit', async () => {
    const { server } = newServer({ bodyLimitBytes: 1000 });
    server.register(async (app) => {
      app.post('/echo', async (request) => request.body);
    });
    const url = await server.start();
    const body = JSON.stringify('x'.repeat(10_000_000));
    const response = await fetch(`${url}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(413);
    expect(await problem(response)).toMatchObject({
      code: 'BODY_TOO_LARGE',
      detail: expect.stringContaining('1000 bytes'),
    });
  });

  it.each([
    [
      'malformed JSON',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":' },
      400,
    ],
    [
      'a media type nobody reads',
      { method: 'POST', headers: { 'content-type': 'text/odd' }, body: 'x' },
      415,
    ],
    [
      'a body that the schema refuses',
      { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"tempo":"fast"}' },
      400,
    ],
  ])('answers %s as the client’s mistake', async (_what, request, status) => {
    const { server } = newServer();
    server.register(async (app) => {
      const schema = { body: { type: 'object', properties: { tempo: { type: 'number' } } } };
      app.post('/tempo', { schema }, async () => 'ok');
    });
    const response = await fetch(`${await server.start()}/tempo`, request);
    expect(response.status).toBe(status);
    expect(await problem(response)).toMatchObject({ code: 'REQUEST_INVALID', status, retryable: false });
  });

  it('answers malformed URLs and malformed HTTP', async () => {
    const { server } = newServer();
    const url = await server.start();
    const bad = await fetch(`${url}/%E0%A4%A`);
    expect(bad.status).toBe(400);
    expect(await problem(bad)).toMatchObject({ code: 'REQUEST_INVALID' });
    expect(await askRaw(url, 'NONSENSE\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\n.*problem\+json.*REQUEST_INVALID/s,
    );
  });

  it('tells a fault that may pass as 503 with Retry-After, and one that will not as 500', async () => {
    const { server } = newServer();
    server.register(async (app) => {
      app.get('/later', async () => {
        throw serverFaults.STOPPING({ retryAfterMs: 1200 });
      });
      app.get('/never', async () => {
        throw serverFaults.NOT_FOUND({ what: 'reason, /etc/secret' });
      });
    });
    const url = await server.start();
    const later = await fetch(`${url}/later`);
    expect([later.status, later.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await problem(later)).toMatchObject({ code: 'STOPPING', retryable: true });
    const never = await fetch(`${url}/never`);
    expect(never.status).toBe(500);
    expect((await problem(never))['detail']).not.toContain('/etc/secret');
  });

  it('answers with the status that a route chose', async () => {
    const { server } = newServer();
    server.register(async (app) => {
      app.get('/conflict', async () => {
        throw new Refusal(serverFaults.REQUEST_INVALID({ reason: 'somebody was faster' }), 409);
      });
    });
    const response = await fetch(`${await server.start()}/conflict`);
    expect(await problem(response)).toMatchObject({
      status: 409,
      title: 'Conflict',
      detail: expect.stringContaining('faster'),
    });
  });

  it('has the members and headers that a refusal brings, which replace none of its own members', async () => {
    const { server } = newServer();
    server.register(async (app) => {
      app.get('/stale', async () => {
        const fault = serverFaults.REQUEST_INVALID({ reason: 'it is at another version' });
        const headers = { etag: '"7"', 'cache-control': 'private' };
        throw new Refusal(fault, 412, { headers, members: { actualVersion: '7', status: 200 } });
      });
    });
    const response = await fetch(`${await server.start()}/stale`);
    expect([response.headers.get('etag'), response.headers.get('cache-control')]).toEqual(['"7"', 'private']);
    expect(await problem(response)).toMatchObject({
      status: 412,
      actualVersion: '7',
      code: 'REQUEST_INVALID',
    });
  });

  it.each([
    ['', {}],
    [', nor takes the status with which another service refused us for its own', { statusCode: 401 }],
  ])('never shows the text of an error that nobody declared%s', async (_what, more) => {
    const { server, signals } = newServer();
    const heard: unknown[] = [];
    signals.on(requestRefused, ({ data }) => heard.push(data));
    server.register(async (app) => {
      app.get('/bug', async () => {
        throw Object.assign(new Error('password is hunter2'), more);
      });
    });
    const response = await fetch(`${await server.start()}/bug`);
    expect(response.status).toBe(500);
    expect(JSON.stringify(await problem(response))).not.toContain('hunter2');
    expect(heard).toMatchObject([
      { status: 500, method: 'GET', path: '/bug', fault: { message: expect.stringContaining('hunter2') } },
    ]);
  });

  it('carries one operation id from the route’s fault to the answer', async () => {
    const storage = new AsyncLocalStorage<Operation>();
    const before = setOperationCarrier({
      current: () => storage.getStore(),
      run: (operation, work) => storage.run(operation, work),
    });
    try {
      const { server } = newServer();
      const made: (string | undefined)[] = [];
      server.register(async (app) => {
        app.get('/fails', async () => {
          const fault = serverFaults.REQUEST_INVALID({ reason: 'test' });
          made.push(fault.operationId);
          throw fault;
        });
      });
      const { operationId } = await problem(await fetch(`${await server.start()}/fails`));
      expect(made).toEqual([operationId]);
    } finally {
      setOperationCarrier(before);
    }
  });
});
