import { Signals, systemClock } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer, type Server, type ServerOptions, webSocketRoute } from '@sustain/ops/server';
import type { DrillSubject } from '../../drill/index.ts';
import { type Asked, ask } from './asking.ts';

/** A server on a loopback port, with routes of a system, and a client of it that does all as it should. */
export interface GuardedServer extends DrillSubject {
  readonly url: string;
  readonly server: Server;
  /** The headers of the client that does all as it should. */
  client: Readonly<Record<string, string>>;
  /** What a use is besides. Default: nothing. */
  more?: (signal: AbortSignal) => Promise<void>;
}

export const TOKEN = 'a-token-of-the-drill-1';
export const OTHER_TOKEN = 'a-token-of-the-drill-2';

export interface GuardedServerOptions {
  readonly server?: Partial<ServerOptions>;
  /** Called before it starts. */
  readonly prepare?: (server: Server) => void;
}

/**
 * Starts it. It needs a token; its state is asked for, and set, and has a WebSocket. A use is to ask for the state, and to
 * set it.
 */
export async function guardedServer({
  server: options = {},
  prepare,
}: GuardedServerOptions = {}): Promise<GuardedServer> {
  const signals = options.signals ?? new Signals();
  const clock = options.clock ?? systemClock;
  const health = new HealthMonitor({ clock });
  const server = createServer({
    port: 0,
    tokens: [
      { name: 'user', token: TOKEN },
      { name: 'other', token: OTHER_TOKEN },
    ],
    health,
    clock,
    signals: signals as Signals,
    ...options,
  });
  let volume = 0;
  server.register(async (app) => {
    app.get('/volume', async () => ({ volume }));
    app.put<{ Body: { volume: number } }>('/volume', { schema: volumeSchema }, async ({ body }) => {
      volume = body.volume;
      return { volume };
    });
  });
  server.onUpgrade('/stream', webSocketRoute({ onConnection: (socket) => socket.close(1000, 'welcome') }));
  prepare?.(server);
  const url = await server.start();
  const subject: GuardedServer = {
    drillable: true,
    signals: signals as Signals,
    url,
    server,
    client: bearer(TOKEN),
    async use(signal) {
      const { client } = subject;
      await setAndAsk(url, { headers: client, signal });
      await subject.more?.(signal);
      return 'full';
    },
    close: () => server.stop(),
  };
  return subject;
}

export function bearer(token: string): { readonly authorization: string } {
  return { authorization: `Bearer ${token}` };
}

/** Sets the volume to another one, and asks for it; throws unless the server has heard. */
export async function setAndAsk(url: string, { headers, ...asked }: Asked): Promise<void> {
  const before = JSON.parse((await ask(`${url}/volume`, { ...asked, headers: { ...headers } })).body);
  const volume = (before.volume + 1) % 100;
  await ask(`${url}/volume`, {
    ...asked,
    method: 'PUT',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ volume }),
  });
  const { body } = await ask(`${url}/volume`, { ...asked, headers: { ...headers } });
  if (body !== JSON.stringify({ volume })) throw new Error(`set the volume ${volume}, and got ${body}`);
}

const volumeSchema = {
  body: {
    type: 'object',
    required: ['volume'],
    properties: { volume: { type: 'number', minimum: 0, maximum: 100 } },
  },
} as const;
