import { describe, expect, it } from 'vitest';
import type { HealthCheck } from '../health/index.ts';
import { newServer, problem } from './server.fixture.ts';

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

  it('may be kept by its reader for as long as all its checks are cached', async () => {
    const { server } = newServer({}, [
      { name: 'disk', cacheMs: 30_000, check: () => ({ status: 'healthy' }) },
    ]);
    const response = await fetch(`${await server.start()}/health`);
    expect(response.headers.get('cache-control')).toMatch(/^private, max-age=(29|30)$/);
  });

  it('is ready though degraded, in a word and with what is wrong', async () => {
    const { server } = newServer({}, [weak]);
    const response = await fetch(`${await server.start()}/health/ready`);
    expect([response.status, await response.json()]).toEqual([
      200,
      {
        status: 'warn',
        lastChange: expect.any(String),
        output: 'auralis:synthesis plays silence',
        checks: {},
      },
    ]);
  });

  it('lives until it is gone, and is not ready from when it begins to stop', async () => {
    const { server } = newServer();
    const release = Promise.withResolvers<void>();
    server.register(async (app) => {
      app.addHook('preClose', () => release.promise);
    });
    const url = await server.start();
    const stopped = server.stop();
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    const ready = await fetch(`${url}/health/ready`);
    expect([ready.status, (await problem(ready))['code']]).toEqual([503, 'STOPPING']);
    release.resolve();
    await stopped;
  });

  it('names the known systems when asked for an unknown one', async () => {
    const { server } = newServer();
    const response = await fetch(`${await server.start()}/health/guitar`);
    expect(response.status).toBe(404);
    expect((await problem(response))['detail']).toBe('there is no system "guitar"; there are: auralis');
  });
});
