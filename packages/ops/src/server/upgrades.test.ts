import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  Refusal,
  requestRefused,
  serverFaults,
  serverStopped,
  type WebSocketRouteOptions,
  webSocketRoute,
} from './index.ts';
import { newServer } from './server.fixture.ts';

async function echoServer(
  options: Partial<WebSocketRouteOptions<typeof WebSocket>> = {},
  stopTimeoutMs = 1000,
) {
  const { server, signals } = newServer({ stopTimeoutMs });
  const onConnection = (socket: WebSocket) => socket.on('message', (data) => socket.send(data));
  server.onUpgrade('/echo', webSocketRoute({ onConnection, ...options }));
  const url = await server.start();
  return { server, signals, url, wsUrl: url.replace('http', 'ws') };
}

async function open(
  url: string,
  options: { origin?: string; headers?: Record<string, string> } = {},
): Promise<WebSocket> {
  const socket = new WebSocket(url, options);
  await once(socket, 'open');
  return socket;
}

async function refusalOf(url: string, options: { origin?: string; headers?: Record<string, string> } = {}) {
  const socket = new WebSocket(url, options);
  const [, response] = await once(socket, 'unexpected-response');
  const body = JSON.parse(await text(response)) as Record<string, unknown>;
  return { status: response.statusCode, headers: response.headers, body };
}

describe('WebSockets', () => {
  it('carries messages both ways', async () => {
    const { wsUrl } = await echoServer();
    const socket = await open(`${wsUrl}/echo?listener=7`);
    socket.send('hello');
    const [message] = await once(socket, 'message');
    expect(String(message)).toBe('hello');
    socket.close();
  });

  it('uses the WebSocket class it is given', async () => {
    class Listener extends WebSocket {
      readonly greeting = 'a listener';
    }
    const { wsUrl, server } = await echoServer();
    const route = webSocketRoute<typeof Listener>({
      ws: { WebSocket: Listener, maxPayload: 4096 },
      onConnection: (socket) => socket.send(socket.greeting),
    });
    server.onUpgrade('/listen', route);
    const socket = new WebSocket(`${wsUrl}/listen`);
    const [message] = await once(socket, 'message');
    expect(String(message)).toBe('a listener');
    socket.close();
  });

  it('closes with 1011 when the route throws after the handshake', async () => {
    const { wsUrl } = await echoServer({
      onConnection: () => {
        throw new Error('mine');
      },
    });
    const socket = new WebSocket(`${wsUrl}/echo`);
    const [code, reason] = await once(socket, 'close');
    expect([code, String(reason)]).toEqual([1011, 'internal error']);
  });

  it('closes with 1009 on a message over the limit, and lives on', async () => {
    const { wsUrl } = await echoServer({ ws: { maxPayload: 4096 } });
    const socket = await open(`${wsUrl}/echo`);
    socket.send('x'.repeat(10_000_000));
    const [code] = await once(socket, 'close');
    expect(code).toBe(1009);
    const next = await open(`${wsUrl}/echo`);
    expect(next.readyState).toBe(WebSocket.OPEN);
    next.close();
  });

  it('can be refused before the upgrade, as a problem', async () => {
    const full = () => new Refusal(serverFaults.STOPPING({ retryAfterMs: 5000 }), 503);
    const { wsUrl } = await echoServer({ admit: full });
    const { status, headers, body } = await refusalOf(`${wsUrl}/echo`);
    expect(status).toBe(503);
    expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(headers['retry-after']).toBe('5');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(body).toMatchObject({
      code: 'STOPPING',
      retryable: true,
      operationId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('answers 500 when the route throws, without telling what', async () => {
    const admit = () => {
      throw new Error('hunter2');
    };
    const { wsUrl, signals } = await echoServer({ admit });
    const heard: unknown[] = [];
    signals.on(requestRefused, ({ data }) => heard.push(data));
    const { status, body } = await refusalOf(`${wsUrl}/echo`);
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain('hunter2');
    expect(heard).toMatchObject([{ status: 500, path: '/echo', fault: { code: 'UNEXPECTED' } }]);
  });

  it('answers 404 where there is none', async () => {
    const { wsUrl } = await echoServer();
    expect(await refusalOf(`${wsUrl}/nowhere`)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
  });

  it('refuses pages of other sites and names that are not ours', async () => {
    const { wsUrl, url } = await echoServer();
    expect(await refusalOf(`${wsUrl}/echo`, { origin: 'http://evil.example' })).toMatchObject({
      status: 403,
      body: { code: 'ORIGIN_REFUSED' },
    });
    expect(await refusalOf(`${wsUrl}/echo`, { headers: { host: 'evil.example' } })).toMatchObject({
      status: 421,
      body: { code: 'HOST_REFUSED' },
    });
    const own = await open(`${wsUrl}/echo`, { origin: url });
    own.close();
  });

  it('answers a broken handshake as the client’s mistake', async () => {
    const { url } = await echoServer();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      'GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    expect(await text(socket)).toMatch(
      /^HTTP\/1\.1 400 .*problem\+json.*REQUEST_INVALID.*Sec-WebSocket-Key/s,
    );
  });

  it('answers a request that would upgrade to anything else as a plain one', async () => {
    const { url } = await echoServer();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end(
      'GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n',
    );
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 OK/);
  });

  it('lets no refused client hold its connection', async () => {
    const { url, server, signals } = await echoServer();
    const cut: number[] = [];
    signals.on(serverStopped, ({ data }) => cut.push(data.webSocketsCut));
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', allowHalfOpen: true });
    socket.write(
      'GET /nowhere HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 404/);
    await server.stop();
    expect(cut).toEqual([0]);
    socket.destroy();
  });

  it('outlives a client that resets the connection', async () => {
    const { wsUrl, url } = await echoServer();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(
      'GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      () => socket.resetAndDestroy(),
    );
    await once(socket, 'close');
    const next = await open(`${wsUrl}/echo`);
    next.close();
  });

  it('tells clients to leave when the server stops: 1001', async () => {
    const { wsUrl, server } = await echoServer();
    const socket = await open(`${wsUrl}/echo`);
    const closed = once(socket, 'close');
    await server.stop();
    expect((await closed)[0]).toBe(1001);
  });

  it('cuts a client that does not leave in time, and counts it', async () => {
    const { url, server, signals } = await echoServer({}, 50);
    const cut: number[] = [];
    signals.on(serverStopped, ({ data }) => cut.push(data.webSocketsCut));
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const headers = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
    socket.write(
      `GET /echo HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${headers}\r\n`,
    );
    await once(socket, 'data');
    const closed = once(socket, 'close');
    await server.stop();
    await closed;
    expect(cut).toEqual([1]);
  });

  it('refuses two routes on one path', async () => {
    const { server } = await echoServer();
    const route = { accept: () => undefined };
    expect(() => server.onUpgrade('/echo', route)).toThrow(/"\/echo" is taken/);
    expect(() => server.onUpgrade('echo', route)).toThrow(/starts with "\/", got "echo"/);
  });
});
