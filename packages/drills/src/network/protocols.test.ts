import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { Server } from 'node:net';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { createClient } from 'redis';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { findPostgres } from '../servers/index.ts';
import { blackhole, latency, partition, refuse, reset, type TcpProxy, truncate } from './index.ts';
import { defer, listening, startProxy } from './proxied.fixture.ts';

const isCi = process.env['CI'] !== undefined;
const redisUrl = process.env['REDIS_URL'];
const databaseUrl = process.env['DATABASE_URL'];

const run = promisify(execFile);
const psql = join(dirname(findPostgres() ?? ''), 'psql');

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
  it('works, hears nothing in a blackhole, fails when that is ended, and works again', async () => {
    const proxy = await startProxy({ upstream: databaseUrl as string });
    const url = proxy.through(databaseUrl as string);
    const query = (sql: string) => run(psql, [url, '-qAtc', sql]);
    expect((await query(`select repeat('ab', 100000)`)).stdout.trim()).toHaveLength(200_000);

    await expect.poll(() => proxy.stats().open).toBe(0);
    const injection = proxy.add(blackhole(), { direction: 'down' });
    const unheard = expect(query('select 1')).rejects.toThrow(/reset by peer|closed the connection/);
    await expect.poll(() => injection.hits, { timeout: 5000 }).toBeGreaterThan(0);
    expect(proxy.stats().open).toBe(1);
    await injection.end();
    await unheard;
    expect((await query('select 1')).stdout.trim()).toBe('1');
  });
});
