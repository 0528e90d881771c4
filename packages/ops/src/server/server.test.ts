import { AsyncLocalStorage } from 'node:async_hooks';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Operation, Signals, setOperationCarrier, systemClock } from '@sustain/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { type HealthCheck, HealthMonitor } from '../health/index.ts';
import {
  createServer,
  Refusal,
  requestRefused,
  type Server,
  type ServerOptions,
  serverFaults,
  serverStopped,
} from './index.ts';

const running: Server[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

function newServer(options: Partial<ServerOptions> = {}, checks: readonly HealthCheck[] = []) {
  const signals = new Signals({ clock: systemClock });
  const health = new HealthMonitor({ clock: systemClock });
  health.add('auralis', ...checks);
  const server = createServer({ port: 0, health, clock: systemClock, signals, ...options });
  running.push(server);
  return { server, signals };
}

async function problem(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return (await response.json()) as Record<string, unknown>;
}

/** fetch does not let a program choose its Host and Origin. */
async function ask(url: string, headers: Record<string, string>, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  httpRequest(url, { method, headers }).once('response', resolve).once('error', reject).end();
  const response = await promise;
  return { status: response.statusCode, body: await text(response) };
}

async function askRaw(url: string, request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(request);
  return text(socket);
}

describe('the health routes', () => {
  const sick: HealthCheck = {
    name: 'synthesis',
    check: () => ({ status: 'unhealthy', message: 'no synthesiser' }),
  };
  const weak: HealthCheck = {
    name: 'synthesis',
    check: () => ({ status: 'degraded', message: 'plays silence' }),
  };

  it('answers health+json that nobody may cache', async () => {
    const { server } = newServer({}, [{ name: 'synthesis', check: () => ({ status: 'healthy' }) }]);
    const response = await fetch(`${await server.start()}/health`);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/health\+json/);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.json()).toMatchObject({
      status: 'pass',
      checks: { 'auralis:synthesis': [{ status: 'pass' }] },
    });
  });

  it('answers 200 and warn while degraded, 503 and fail while unhealthy', async () => {
    const degraded = newServer({}, [weak]).server;
    const unhealthy = newServer({}, [sick]).server;
    const [warn, fail] = await Promise.all(
      [degraded, unhealthy].map(async (s) => fetch(`${await s.start()}/health/auralis`)),
    );
    expect([warn?.status, await warn?.json()]).toMatchObject([
      200,
      { status: 'warn', output: expect.stringContaining('silence') },
    ]);
    expect([fail?.status, await fail?.json()]).toMatchObject([503, { status: 'fail' }]);
  });

  it('is alive though everything is sick or hangs, and not ready then', async () => {
    const hanging: HealthCheck = {
      name: 'store',
      timeoutMs: 20,
      check: () => Promise.withResolvers<never>().promise,
    };
    const { server } = newServer({}, [sick, hanging]);
    const url = await server.start();
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
  });

  it('names the known systems when asked for an unknown one', async () => {
    const { server } = newServer();
    const response = await fetch(`${await server.start()}/health/guitar`);
    expect(response.status).toBe(404);
    expect((await problem(response))['detail']).toBe('there is no system "guitar"; there are: auralis');
  });
});

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

  it('never shows the text of an error that nobody declared', async () => {
    const { server, signals } = newServer();
    const heard: unknown[] = [];
    signals.on(requestRefused, ({ data }) => heard.push(data));
    server.register(async (app) => {
      app.get('/bug', async () => {
        throw new Error('password is hunter2');
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

describe('starting', () => {
  it.each(['0.0.0.0', '::', '192.168.1.7', 'studio.example', '127.0.0.1.evil.example'])(
    'refuses to listen on %s without a token and says how to do it',
    (host) => {
      expect(() => newServer({ host })).toThrow(/refusing to listen on .*127\.0\.0\.1.*ssh -L/);
    },
  );

  it('says which port is taken and what to do', async () => {
    const first = newServer().server;
    const port = Number(new URL(await first.start()).port);
    const second = newServer({ port }).server;
    const error: unknown = await second.start().catch((reason: unknown) => reason);
    expect(serverFaults.ADDRESS_IN_USE.matches(error)).toBe(true);
    expect(String(error)).toMatch(new RegExp(`port ${port} .*in use.*SUSTAIN_PORT`));
  });

  it('can be tried again when the port has become free', async () => {
    const first = newServer().server;
    const url = await first.start();
    const second = newServer({ port: Number(new URL(url).port) }).server;
    await expect(second.start()).rejects.toThrow(/in use/);
    await first.stop();
    expect(await second.start()).toBe(url);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it('refuses impossible options', () => {
    expect(() => newServer({ port: 70_000 })).toThrow(
      'port must be a whole number from 0 to 65535, got 70000',
    );
    expect(() => newServer({ bodyLimitBytes: 0 })).toThrow(/bodyLimitBytes.*got 0/);
    expect(() => newServer({ stopTimeoutMs: Number.NaN })).toThrow(/stopTimeoutMs.*got NaN/);
  });
});

describe('stopping', () => {
  it('lets a request under way finish, refuses new ones, and listens no more', async () => {
    const { server } = newServer();
    const arrived = Promise.withResolvers<void>();
    const release = Promise.withResolvers<string>();
    server.register(async (app) => {
      app.get('/slow', () => {
        arrived.resolve();
        return release.promise;
      });
    });
    const url = await server.start();
    const answer = fetch(`${url}/slow`);
    await arrived.promise;
    const stopped = server.stop();
    expect(server.stopping.aborted).toBe(true);
    release.resolve('done');
    expect(await (await answer).text()).toBe('done');
    await stopped;
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  it('answers 503 as a problem to what still comes in while systems finish their work', async () => {
    const { server } = newServer();
    const release = Promise.withResolvers<void>();
    server.register(async (app) => {
      app.addHook('preClose', () => release.promise);
    });
    const url = await server.start();
    const stopped = server.stop();
    const response = await fetch(`${url}/health`);
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect(await problem(response)).toMatchObject({ code: 'STOPPING', retryable: true });
    release.resolve();
    await stopped;
  });

  it('cuts what does not end within the time it is given', async () => {
    const { server } = newServer({ stopTimeoutMs: 50 });
    const arrived = Promise.withResolvers<void>();
    server.register(async (app) => {
      app.get('/never', () => {
        arrived.resolve();
        return Promise.withResolvers<string>().promise;
      });
    });
    const url = await server.start();
    const answer = fetch(`${url}/never`).catch((error: unknown) => error);
    await arrived.promise;
    await server.stop();
    expect(await answer).toBeInstanceOf(Error);
  });

  it('stops in time though a system never finishes its own work', async () => {
    const { server } = newServer({ stopTimeoutMs: 50 });
    server.register(async (app) => {
      app.addHook('preClose', () => Promise.withResolvers<void>().promise);
    });
    const url = await server.start();
    await server.stop();
    await expect(fetch(`${url}/health`)).rejects.toThrow();
  });

  it('may be stopped twice, or before it started', async () => {
    const { server, signals } = newServer();
    let stops = 0;
    signals.on(serverStopped, () => {
      stops++;
    });
    await Promise.all([server.stop(), server.stop()]);
    expect(stops).toBe(1);
  });
});
