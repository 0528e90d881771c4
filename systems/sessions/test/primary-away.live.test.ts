import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres, postgresServer } from '@sustain/drills';
import { type Signal, Signals, systemClock } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { fallbackChanged, type Store } from '@sustain/stores';
import { postgresStore } from '@sustain/stores/postgres';
import { sqliteStore } from '@sustain/stores/sqlite';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { createSessionManager, type SessionKey, sessionHealthChecks } from '../src/index.ts';

const isLong = inject('long');
const AWAY_MS = isLong ? 60_000 : 4000;
const WRITES = isLong ? 10_000 : 1000;
const KNOWN = 50;
const AT_ONCE = 20;
/** What is promised where the machine is quiet. Another one may take as long as it takes for so many looks, or such writes. */
const NOTICED_IN = { ms: 2000, looks: 100 };
const RECONCILED_IN = { ms: 5000, directly: 3 };

const isMissing = findPostgres() === undefined;
if (isMissing && process.env['CI']) throw new Error('because CI is set, PostgreSQL may not be missing');

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe.skipIf(isMissing)('while the primary is away', () => {
  it(
    'sessions are created, read and written, health says degraded within 2 s, and all is reconciled when it is back',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'sustain-sessions-away-'));
      folders.push(folder);
      await using database = postgresServer();
      await database.start();
      const signals = new Signals({ clock: systemClock });
      const told: Signal[] = [];
      signals.onAny((signal) => told.push(signal));
      const primary = postgresStore({ url: database.url, signals });
      const spare = sqliteStore({ path: join(folder, 'journal.db') });
      const manager = createSessionManager({ primary, spare, instance: 'a', shared: true, signals });
      const health = new HealthMonitor({ clock: systemClock, signals });
      health.add('sessions', ...sessionHealthChecks(manager));
      const names = { appName: 'away', userId: 'user' };
      const known: SessionKey[] = [];
      for (let n = 0; n < KNOWN; n++)
        known.push(await manager.createSession({ ...names, sessionId: `known-${n}` }));
      const look = async () => (await health.runHealthChecks()).overallHealth;
      expect(await look()).toBe('healthy');
      const directly = (round: string) => slowest(1, () => writeDirectly(primary, round));
      const [lookBeforeMs, directBeforeMs] = [await slowest(20, look), await directly('before')];

      await database.kill();
      const killedMs = systemClock.monotonicMs();
      // Nobody asks for a session: health itself notices.
      await until(async () => (await look()) === 'degraded', 60_000);
      const noticedMs = systemClock.monotonicMs() - killedMs;

      const created: SessionKey[] = [];
      const begunMs = systemClock.monotonicMs();
      let written = 0;
      const write = async (client: number) => {
        for (let n = client; n < WRITES; n += AT_ONCE) {
          const isNew = n % 10 === 0;
          const key = isNew ? await manager.createSession(names) : (known[n % KNOWN] as SessionKey);
          if (isNew) created.push(key);
          else await manager.appendEvent(key, { event: { id: `e${n}`, n }, stateDelta: { last: n } });
          written++;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, (_, client) => write(client)));
      const writtenMs = systemClock.monotonicMs() - begunMs;
      for (const key of created) await manager.appendEvent(key, { event: { id: 'first' } });
      expect((await manager.getSession(known[1] as SessionKey)).events.length).toBeGreaterThan(0);
      await systemClock.sleep(Math.max(0, AWAY_MS - (systemClock.monotonicMs() - killedMs)));
      const last = await manager.appendEvent(known[0] as SessionKey, { event: { id: 'last' } });

      await database.start();
      await until(async () => (await manager.getHealthStatus()).mode === 'normal', 60_000);
      const changes = told.filter(({ type }) => type === fallbackChanged.type);
      const of = (to: string) => changes.findLast(({ data }) => (data as { to: string }).to === to) as Signal;
      const [lookMs, directMs] = [
        Math.max(lookBeforeMs, await slowest(20, look)),
        Math.max(directBeforeMs, await directly('after')),
      ];
      const reconciledMs = of('primary').monotonicMs - of('returning').monotonicMs;
      expect(told.filter(({ type }) => type === 'fallback.conflict')).toEqual([]);

      // Read by one that knows nothing of it.
      await manager.close();
      const other = createSessionManager({ primary, instance: 'b', shared: true });
      const sessions = [];
      for (const key of [...known, ...created]) sessions.push(await other.getSession(key));
      const found = sessions.flatMap(({ events }) => events.map(({ id }) => id));
      const appended = Array.from({ length: WRITES }, (_, n) => n).filter((n) => n % 10 !== 0);
      const wanted = [...appended.map((n) => `e${n}`), 'last', ...created.map(() => 'first')];
      expect(found.toSorted()).toEqual(wanted.toSorted());
      expect((await other.getSession(known[0] as SessionKey)).events.at(-1)?.id).toBe(last.event.id);
      expect(noticedMs).toBeLessThan(Math.max(NOTICED_IN.ms, NOTICED_IN.looks * lookMs));
      expect(reconciledMs).toBeLessThan(Math.max(RECONCILED_IN.ms, RECONCILED_IN.directly * directMs));
      await other.close();
      await Promise.all([primary.close(), spare.close()]);
      console.log(
        `away ${Math.round((systemClock.monotonicMs() - killedMs) / 1000)} s in all; noticed by health after ${Math.round(noticedMs)} ms; ${written} writes in ${Math.round(writtenMs)} ms; ${written + created.length + 1} journalled, reconciled in ${Math.round(reconciledMs)} ms; directly as many take ${Math.round(directMs)} ms, and a look ${lookMs.toFixed(1)} ms`,
      );
    },
    AWAY_MS + 120_000,
  );
});

/** About as many writes as come to be journalled, by as many at once. */
async function writeDirectly(primary: Store, round: string): Promise<void> {
  const write = async (client: number) => {
    for (let n = client; n < WRITES; n += AT_ONCE)
      await primary.set(
        `direct/${round}/${n}`,
        { event: { id: `e${n}`, n } },
        { operationId: `${round}/${n}` },
      );
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, client) => write(client)));
}

/** Of so many times, one after the other. */
async function slowest(times: number, work: () => Promise<unknown>): Promise<number> {
  let mostMs = 0;
  for (let n = 0; n < times; n++) {
    const beganMs = systemClock.monotonicMs();
    await work();
    mostMs = Math.max(mostMs, systemClock.monotonicMs() - beganMs);
  }
  return mostMs;
}

async function until(holds: () => Promise<boolean>, limitMs: number): Promise<void> {
  for (const endMs = systemClock.monotonicMs() + limitMs; !(await holds()); ) {
    if (systemClock.monotonicMs() > endMs) throw new Error(`it did not come about within ${limitMs} ms`);
    await systemClock.sleep(20);
  }
}
