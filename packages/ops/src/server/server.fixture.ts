import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { Signals, systemClock } from '@sustain/kernel';
import { afterEach, expect } from 'vitest';
import { type HealthCheck, HealthMonitor } from '../health/index.ts';
import { createServer, type Server, type ServerOptions } from './index.ts';

const running: Server[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

/** A server on a free port, with these checks of `auralis`. It is stopped after the test. */
export function newServer(options: Partial<ServerOptions> = {}, checks: readonly HealthCheck[] = []) {
  const signals = new Signals({ clock: systemClock });
  const health = new HealthMonitor({ clock: systemClock });
  health.add('auralis', ...checks);
  const server = createServer({ port: 0, health, clock: systemClock, signals, ...options });
  running.push(server);
  return { server, signals };
}

/** The body of an answer that has to be a problem. */
export async function problem(response: Response): Promise<Record<string, unknown>> {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return (await response.json()) as Record<string, unknown>;
}

/** Asks with headers of one's own: fetch lets nobody choose Host and Origin. */
export async function ask(url: string, headers: Record<string, string>, method = 'GET') {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  httpRequest(url, { method, headers }).once('response', resolve).once('error', reject).end();
  const response = await promise;
  return { status: response.statusCode, body: await text(response) };
}

/** Sends bytes, and answers all that comes back until the connection ends. */
export async function askRaw(url: string, request: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(request);
  return text(socket);
}
