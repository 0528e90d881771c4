import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Signals, seededRandom, systemClock } from '@sustain/kernel';
import { defineConfiguration, healthSection, loadConfiguration, storesSection } from '@sustain/ops/config';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer } from '@sustain/ops/server';
import { afterEach, expect, it, vi } from 'vitest';
import { sessionsSection } from './configuration.ts';
import { createSessions, type Sessions, type SessionsHost } from './main.ts';

const folders: string[] = [];
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-sessions-main-'));
  folders.push(folder);
  return folder;
}

type Config = SessionsHost['config'];

/** Makes the service in the folder, as the studio does. */
function make(folder: string, wrong: (config: Config) => Config = (config) => config): Sessions {
  const clock = systemClock;
  const signals = new Signals({ clock });
  const health = new HealthMonitor({ clock });
  const server = createServer({ port: 0, health, clock, signals });
  stops.push(() => server.stop());
  const definition = defineConfiguration({
    sessions: sessionsSection,
    stores: storesSection,
    health: healthSection,
  });
  const flags = { sessions: { folder, instance: 'one' } };
  const { config } = loadConfiguration(definition, { environment: {}, flags });
  const random = seededRandom('main');
  return createSessions({ server, health, signals, clock, random, config: wrong(config) });
}

/** Starts it, and ends it in order. */
async function runOnce({ child }: Sessions): Promise<void> {
  const end = new AbortController();
  const { ready, exited } = child.start({ signal: end.signal } as Parameters<typeof child.start>[0]);
  await ready;
  end.abort();
  await exited;
}

it.each<[string, (config: Config) => Config]>([
  [
    'a secret that is too short',
    (config) => ({ ...config, sessions: { ...config.sessions, tokenSecrets: ['secret'] } }),
  ],
  ['the address of no database', (config) => ({ ...config, stores: { databaseUrl: 'nowhere' } })],
  [
    'an option that the manager refuses',
    (config) => ({ ...config, sessions: { ...config.sessions, takeOverAfterMs: 1 } }),
  ],
])('with %s it is not made, and its folder is free for the next try', async (_, wrong) => {
  const folder = newFolder();
  expect(() => make(folder, wrong)).toThrow();
  await runOnce(make(folder));
});

it('is refused the folder of another one, which is free when that has ended', async () => {
  const folder = newFolder();
  const first = make(folder);
  expect(() => make(folder)).toThrow(expect.objectContaining({ code: 'SESSIONS_FOLDER_IN_USE' }));
  await runOnce(first);
  await runOnce(make(folder));
});

it('leaves its folder also when a part of it cannot be closed', async () => {
  const folder = newFolder();
  const first = make(folder);
  const { manager } = first;
  const close = manager.close.bind(manager);
  vi.spyOn(manager, 'close').mockImplementation(async () => {
    await close();
    throw new Error('it does not close');
  });
  await expect(runOnce(first)).rejects.toThrow('it does not close');
  await runOnce(make(folder));
});

it('lets go of its stores and its folder where its child was never started', async () => {
  const folder = newFolder();
  const { close, manager } = make(folder);
  await manager.createSession({ appName: 'app', userId: 'user' });
  await Promise.all([close(), close()]);
  await runOnce(make(folder));
});
