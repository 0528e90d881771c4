import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSessionService } from '@google/adk';
import { findPostgres, postgresServer, type ServerProcess } from '@sustain/drills';
import { Signals, systemClock } from '@sustain/kernel';
import { sqliteStore } from '@sustain/stores/sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, closeDatabase } from './database.fixture.ts';
import { ResilientSessionService } from './index.ts';
import { APP, scriptedRunner, storyOf, turn, USER } from './scripted-agent.fixture.ts';
import { read } from './spoken.fixture.ts';

const key = { appName: APP, userId: USER, sessionId: 'talk-1' };

if (process.env['CI'] && findPostgres() === undefined)
  throw new Error('because CI is set, PostgreSQL may not be missing');

describe.skipIf(findPostgres() === undefined)('a conversation on ADK’s DatabaseSessionService', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-adk-'));
  const spare = sqliteStore({ path: join(folder, 'spare.db') });
  const signals = new Signals();
  const went: string[] = [];
  let server: ServerProcess;
  let database: DatabaseSessionService;
  let service: ResilientSessionService;

  beforeAll(async () => {
    server = postgresServer();
    await server.start();
    database = new DatabaseSessionService(server.url);
    signals.onAny(({ type, data }) => {
      if (type === 'sessions.adk.changed') went.push((data as { to: string }).to);
    });
    service = new ResilientSessionService({
      service: database,
      spare,
      signals,
      probeBaseMs: 100,
      probeMaxMs: 400,
    });
  });

  afterAll(async () => {
    await service.close();
    await closeDatabase(database);
    await spare.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('S4-66, S4-67: goes on while PostgreSQL is killed in the middle of a turn, and all of it is there afterwards, once', async () => {
    const runner = scriptedRunner(service, () => server.kill());
    await service.createSession(key);
    await turn(runner, key.sessionId, 'hello');
    const beganMs = systemClock.monotonicMs();
    expect(await turn(runner, key.sessionId, 'remember this')).toHaveLength(1);
    const hitchMs = systemClock.monotonicMs() - beganMs;
    expect(await turn(runner, key.sessionId, 'are you there')).toEqual(['heard: are you there']);
    expect(await service.state()).toMatchObject({ state: 'away', journalEntries: 4 });
    await server.start();
    const backMs = systemClock.monotonicMs();
    while ((await service.state()).state !== 'normal') await systemClock.sleep(10);
    const broughtInMs = systemClock.monotonicMs() - backMs;
    await turn(runner, key.sessionId, 'back');
    const other = new DatabaseSessionService(server.url);
    const { events, state } = await read(other, key);
    await closeDatabase(other);
    expect(storyOf(events)).toEqual([
      ...['hello', 'heard: hello'],
      ...['remember this', 'call remember', 'result of remember', 'heard: tool: {"done":true}'],
      ...['are you there', 'heard: are you there'],
      ...['back', 'heard: back'],
    ]);
    expect(state).toEqual({ remembered: 1 });
    expect([went, (await service.conflicts()).conflicts]).toEqual([['away', 'returning', 'normal'], []]);
    console.log(
      `the turn in which PostgreSQL was killed took ${Math.round(hitchMs)} ms, bringing it in ${Math.round(broughtInMs)} ms`,
    );
  });

  test('goes on when the database has closed the connections that were idle (adk-python#733)', async () => {
    const several = [1, 2, 3, 4, 5].map((number) => ({ ...key, sessionId: `talk-${number}` }));
    await Promise.all(several.map((one) => service.getSession(one)));
    const ended = await ask(
      server.url,
      'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null',
    );
    expect(ended.length).toBeGreaterThan(1);
    const before = went.length;
    expect(storyOf((await read(service, key)).events)).toHaveLength(10);
    expect(went.slice(before).filter((to) => to !== 'normal')).toEqual([]);
  });
});
