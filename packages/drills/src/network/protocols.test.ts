import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { createClient } from 'redis';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { blackhole, latency, partition, refuse, reset, type TcpProxy, truncate } from './index.ts';
import { defer, listening, startProxy } from './proxied.fixture.ts';

const isCi = process.env['CI'] !== undefined;
const redisUrl = process.env['REDIS_URL'];
const databaseUrl = process.env['DATABASE_URL'];

async function beforeHttp(server: Server): Promise<TcpProxy> {
  return startProxy({ upstream: { port: await listening(server) } });
}

async function got(proxy: TcpProxy): Promise<string> {
  const [response] = await once(get({ port: proxy.port, host: '127.0.0.1', agent: false }), 'response');
  return text(response as IncomingMessage);
}

describe('HTTP through a proxy', () => {
  const server = () => createServer((_request, response) => response.end('x'.repeat(100_000)));

  it('answers as without, and again when what was broken has ended', async () => {
    const proxy = await beforeHttp(server());
    expect(await got(proxy)).toHaveLength(100_000);
    const refused = proxy.add(refuse());
    await expect(got(proxy)).rejects.toThrow('ECONNREFUSED');
    await refused.end();
    const cut = proxy.add(reset({ midMessage: true }), { direction: 'up' });
    await expect(got(proxy)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await cut.end();
    expect(await got(proxy)).toHaveLength(100_000);
  });

  it('has a truncated answer fail, instead of passing for a whole one', async () => {
    const proxy = await beforeHttp(server());
    const injection = proxy.add(truncate({ afterBytes: 5000 }), { direction: 'down' });
    await expect(got(proxy)).rejects.toThrow('aborted');
    await injection.end();
    expect(await got(proxy)).toHaveLength(100_000);
  });
});

describe('a WebSocket through a proxy', () => {
  async function opened() {
    const http = createServer();
    const sockets = new WebSocketServer({ server: http });
    sockets.on('connection', (socket) => {
      socket.on('error', () => undefined);
      socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }));
    });
    const proxy = await beforeHttp(http);
    const socket = new WebSocket(proxy.through('ws://127.0.0.1:80/'));
    defer(() => socket.terminate());
    socket.on('error', () => undefined);
    await once(socket, 'open');
    return { proxy, socket };
  }

  it('hands on frames of all sizes, and closes with its code', async () => {
    const { socket } = await opened();
    for (const size of [0, 1, 125, 126, 70_000, 1_000_000]) {
      const echo = once(socket, 'message');
      socket.send(Buffer.alloc(size, 7));
      expect(((await echo)[0] as Buffer).equals(Buffer.alloc(size, 7))).toBe(true);
    }
    const closed = once(socket, 'close');
    socket.close(4001, 'done');
    expect((await closed)[0]).toBe(4001);
  });

  it('outlives a partition: what was said meanwhile arrives after it', async () => {
    const { proxy, socket } = await opened();
    const injection = proxy.add(partition());
    const echo = once(socket, 'message');
    socket.send('held');
    await expect.poll(() => injection.hits).toBe(1);
    await injection.end();
    expect(`${(await echo)[0]}`).toBe('held');
  });

  it('is closed with 1006 by a reset', async () => {
    const { proxy, socket } = await opened();
    const closed = once(socket, 'close');
    proxy.add(reset(), { connections: 'open' });
    expect((await closed)[0]).toBe(1006);
  });
});

describe.skipIf(redisUrl === undefined && !isCi)('Redis through a proxy', () => {
  it('works, is late when it has latency, and reconnects after a reset', async () => {
    const proxy = await startProxy({ upstream: redisUrl as string });
    const redis = createClient({ url: proxy.through(redisUrl as string), socket: { reconnectStrategy: 10 } });
    const errors: Error[] = [];
    redis.on('error', (error: Error) => errors.push(error));
    await redis.connect();
    defer(() => redis.destroy());
    const key = `network/${proxy.port}/${process.pid}`;
    await redis.set(key, 'x'.repeat(200_000), { expiration: { type: 'EX', value: 60 } });
    expect(await redis.get(key)).toHaveLength(200_000);

    const late = proxy.add(latency({ delayMs: 40 }));
    await redis.ping();
    expect(late.hits).toBeGreaterThanOrEqual(2);
    await late.end();

    const cut = proxy.add(reset(), { connections: 'open' });
    await expect.poll(() => errors.length, { timeout: 5000 }).toBeGreaterThan(0);
    await cut.end();
    await expect.poll(() => redis.isReady, { timeout: 5000 }).toBe(true);
    expect(await redis.del(key)).toBe(1);
  });
});

describe.skipIf(databaseUrl === undefined && !isCi)('PostgreSQL through a proxy', () => {
  it('works, hears nothing of a blackhole, and fails when that is ended', async () => {
    const proxy = await startProxy({ upstream: databaseUrl as string });
    const database = new pg.Client({ connectionString: proxy.through(databaseUrl as string) });
    const errors: Error[] = [];
    database.on('error', (error: Error) => errors.push(error));
    await database.connect();
    const { rows } = await database.query('select repeat($1, 100000) as text', ['ab']);
    expect(rows[0].text).toHaveLength(200_000);

    const injection = proxy.add(blackhole());
    const query = database.query('select 1');
    query.catch(() => undefined);
    await expect.poll(() => injection.hits).toBeGreaterThan(0);
    expect(errors).toEqual([]);
    await injection.end();
    await expect(query).rejects.toThrow('ECONNRESET');
  });
});
