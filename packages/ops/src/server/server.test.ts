import { describe, expect, it } from 'vitest';
import { serverFaults, serverStopped } from './index.ts';
import { newServer, problem } from './server.fixture.ts';

describe('starting', () => {
  it.each(['0.0.0.0', '::', '192.168.1.7', 'studio.example', '127.0.0.1.evil.example'])(
    'refuses to listen on %s without a token and says how to do it',
    (host) => {
      expect(() => newServer({ host })).toThrow(/refusing to listen on .*127\.0\.0\.1.*ssh -L/);
    },
  );

  it.each(['127.0.0.1', 'localhost', '127.1.2.3'])('listens on %s', async (host) => {
    const { server } = newServer({ host });
    expect((await fetch(`${await server.start()}/health/live`)).status).toBe(200);
  });

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
