import { createHash } from 'node:crypto';
import type { Signal } from '@sustain/kernel';
import { webSocketRoute } from '../index.ts';
import { newServer } from '../server.fixture.ts';

export const TOKEN = 'correct-horse-battery';
export const OTHER = 'another-long-enough-one';
export const hash = createHash('sha256').update(OTHER).digest('hex');

/** A server that needs a token, with a route and a WebSocket of a system; all that it signals is kept. */
export async function guarded(options: Parameters<typeof newServer>[0] = {}) {
  const { server, signals } = newServer({
    tokens: [{ name: 'ops', token: TOKEN }, `sha256:${hash}`],
    ...options,
  });
  const told: Signal[] = [];
  signals.onAny((signal) => told.push(signal));
  server.register(async (app) => {
    app.post('/control', async () => 'done');
    app.get('/state', async () => 'playing');
  });
  server.onUpgrade('/stream', webSocketRoute({ onConnection: (socket) => socket.close(1000, 'welcome') }));
  const url = await server.start();
  return { url, told, server };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export async function login(url: string, token = TOKEN, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  });
  const cookie = response.headers.get('set-cookie') ?? '';
  return { response, cookie: cookie.split(';')[0] ?? '', attributes: cookie.slice(cookie.indexOf(';') + 2) };
}
