import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freePort } from '../processes/index.ts';
import { latency, type Stage } from './index.ts';
import { client, defer, listening, pair, served, startProxy } from './proxied.fixture.ts';

describe('a proxy without toxics', () => {
  it('hands on what comes, in both directions', async () => {
    const { near, far, proxy } = await pair();
    near.send('ping');
    await far.hears('ping');
    far.send('pong!');
    await near.hears('pong!');
    expect([far.text, near.text]).toEqual(['ping', 'pong!']);
    expect(proxy.stats()).toEqual({
      accepted: 1,
      open: 1,
      unreachable: 0,
      bytesUp: 4,
      bytesDown: 6,
      toxics: [],
    });
  });

  it('lets the end of one direction pass, and the other direction go on', async () => {
    const { near, far } = await pair();
    near.send('question');
    near.socket.end();
    await far.meets('ended');
    expect(far.text).toBe('question');
    far.send('answer');
    far.socket.end();
    await near.meets('ended');
    expect(near.text).toBe('answer');
  });

  it('forgets a connection that has ended, and keeps its bytes in the statistics', async () => {
    const { near, far, proxy, another } = await pair();
    near.socket.end('abc');
    await far.meets('ended');
    far.socket.end();
    await once(near.socket, 'close');
    await expect.poll(() => proxy.stats().open).toBe(0);
    const second = await another();
    second.near.send('de');
    await second.far.hears('de');
    expect(proxy.stats()).toMatchObject({ accepted: 2, open: 1, bytesUp: 5 });
  });

  it.each([['client'], ['server']] as const)('hands on a reset by the %s as a reset', async (side) => {
    const { near, far } = await pair();
    const [who, other] = side === 'client' ? [near, far] : [far, near];
    who.send('last words');
    await other.hears('last words');
    who.socket.resetAndDestroy();
    await other.meets('reset');
  });

  it('resets a client whose server cannot be reached, as the server would, and works when it is back', async () => {
    const port = await freePort();
    const proxy = await startProxy({ upstream: { port } });
    const refused = await client(proxy.port);
    await refused.meets('reset');
    await expect.poll(() => proxy.stats()).toMatchObject({ accepted: 1, open: 0, unreachable: 1 });
    await listening(
      createServer((socket) => socket.pipe(socket)),
      port,
    );
    const near = await client(proxy.port);
    near.send('back?');
    await near.hears('back?');
  });

  it('stands before a Unix socket too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sustain-proxy-'));
    defer(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'server.sock');
    await listening(
      createServer((socket) => socket.pipe(socket)),
      path,
    );
    const proxy = await startProxy({ upstream: { path } });
    const near = await client(proxy.port);
    near.send('hello');
    await near.hears('hello');
    await proxy.close();
    await near.meets('reset');
  });

  it('survives clients that come and go in every way, many at once', async () => {
    const port = await listening(createServer((socket) => socket.pipe(socket)));
    const proxy = await startProxy({ upstream: { port } });
    const ways = Array.from({ length: 60 }, async (_, at) => {
      const near = await client(proxy.port);
      if (at % 3 === 0) near.socket.resetAndDestroy();
      else if (at % 3 === 1) near.socket.destroy();
      else {
        near.socket.end(`number ${at}`);
        await near.meets('ended');
        expect(near.text).toBe(`number ${at}`);
      }
    });
    await Promise.all(ways);
    await expect.poll(() => proxy.stats().open, { timeout: 5000 }).toBe(0);
    expect(proxy.stats().accepted).toBe(60);
  });
});

describe('a proxy', () => {
  it('is reached by the URL of what it stands before', async () => {
    const proxy = await startProxy({ upstream: 'redis://user:secret@localhost:6399/3' });
    expect(proxy.through('redis://user:secret@localhost:6399/3')).toBe(
      `redis://user:secret@127.0.0.1:${proxy.port}/3`,
    );
    expect(proxy.through('http://[::1]/path?q=1')).toBe(`http://127.0.0.1:${proxy.port}/path?q=1`);
  });

  it('refuses a URL that does not say where the server listens', async () => {
    await expect(startProxy({ upstream: 'redis://localhost' })).rejects.toThrow(
      'a URL with a host and a port is needed; got one with redis://localhost',
    );
  });

  it('rejects when the port is taken', async () => {
    const { port } = await served();
    await expect(startProxy({ upstream: { port }, port })).rejects.toThrow('EADDRINUSE');
  });

  it('resets what is open when it is closed, ends its toxics, and closing twice is harmless', async () => {
    const { near, far, proxy } = await pair();
    const injection = proxy.add(latency({ delayMs: 600_000 }));
    near.send('never heard');
    await Promise.all([proxy.close(), proxy.close()]);
    await Promise.all([near.meets('reset'), far.meets('reset')]);
    expect(injection.endedBy).toBe('end');
    expect(proxy.stats().open).toBe(0);
    await expect(client(proxy.port)).rejects.toThrow('ECONNREFUSED');
    await proxy.close();
  });

  it('a trap: Node never closes a socket that is reset while its end is under way, but here it is gone', async () => {
    const { far, proxy } = await pair();
    const closed = new Promise<void>((resolve) => {
      const endThenClose: Stage = {
        bytes(bytes) {
          queueMicrotask(() => resolve(proxy.close()));
          return { fate: 'end', bytes };
        },
      };
      proxy.add({ on: 'flow', what: 'end', stage: () => endThenClose }, { direction: 'down' });
    });
    far.send('x');
    await closed;
    expect(proxy.stats().open).toBe(0);
  });

  it('takes no toxic when it is closed', async () => {
    const { proxy } = await pair();
    await proxy.close();
    expect(() => proxy.add(latency({ delayMs: 1 }))).toThrow(
      /is closed, so it cannot suffer latency of 1 ms/,
    );
  });
});
