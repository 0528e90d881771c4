import { Signals, systemClock } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer, type ServerOptions } from '@sustain/ops/server';
import type { Store } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { afterEach, expect } from 'vitest';
import { createSessionManager, type SessionManagerOptions } from './manager/index.ts';
import { type ServeSessionsOptions, serveSessions } from './routes/index.ts';

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

export interface ServedOptions {
  readonly primary?: Store;
  readonly manager?: Partial<SessionManagerOptions>;
  readonly server?: Partial<ServerOptions>;
  readonly routes?: Partial<ServeSessionsOptions>;
  /** `file`: who asks stops it. Default: it ends after the test. */
  readonly lasts?: 'test' | 'file';
}

/** Sessions served on a free port of this machine, on a store that others may have, too. */
export async function served(options: ServedOptions = {}) {
  const primary = options.primary ?? memoryStore();
  const clock = options.manager?.clock ?? systemClock;
  const signals = new Signals({ clock });
  const manager = createSessionManager({
    ...{ primary, clock, signals, retry: { baseDelayMs: 1 }, cleanupEveryMs: Number.POSITIVE_INFINITY },
    ...options.manager,
  });
  const health = new HealthMonitor({ clock });
  const server = createServer({ port: 0, health, clock, signals, ...options.server });
  serveSessions(server, { manager, clock, ...options.routes });
  const url = await server.start();
  const stop = async () => {
    await server.stop();
    await manager.close();
  };
  if (options.lasts !== 'file') ends.push(stop);
  return { url, manager, primary, signals, stop, ask: asking(url) };
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** `ask('PATCH', path, body, headers)`: a body that is no text is sent as JSON. */
export function asking(url: string, always: Readonly<Record<string, string>> = {}) {
  return async (
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> => {
    const response = await fetch(url + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...always, ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status >= 400)
      expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
  };
}

export const ALICE = '/sessions/studio/alice';
