import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  acknowledgedWrites,
  exactlyOnce,
  findPostgres,
  findRedis,
  type HistoryEvent,
  historyOf,
  killAtRandom,
  killsInFlight,
  linearizable,
  openJournal,
  ProcessUnderTest,
  postgresServer,
  Recorder,
  readJournal,
  redisServer,
  type ServerProcessOptions,
  type Value,
} from '@sustain/drills';
import { seededRandom, systemClock } from '@sustain/kernel';
import { afterEach, describe, expect, inject, test } from 'vitest';
import type { Store } from '../contract.ts';
import { postgresStore } from '../postgres/index.ts';
import { redisStore } from '../redis/index.ts';
import { sqliteStore } from '../sqlite/index.ts';
import { appendIds, type Ids, KEYS, REGISTERS } from './appending-clients.fixture.ts';
import { type FallbackStore, fallbackStore } from './index.ts';

const isLong = inject('long');
const WRITES = isLong ? 20_000 : 1500;
const KILLS = isLong ? 20 : 4;
const LIMIT_MS = isLong ? 900_000 : 90_000;
const UP = { leastMs: 200, mostMs: 900 };
const DOWN = { leastMs: 0, mostMs: 300 };

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-fallback-'));
  folders.push(folder);
  return folder;
}

describe.each([
  {
    name: 'Redis',
    isMissing: findRedis() === undefined,
    server: (options: ServerProcessOptions) => redisServer({ appendfsync: 'always', ...options }),
    open: (url: string): Store => redisStore({ url, durability: 'process-death' }),
  },
  {
    name: 'PostgreSQL',
    isMissing: findPostgres() === undefined,
    server: (options: ServerProcessOptions) => postgresServer(options),
    open: (url: string): Store => postgresStore({ url }),
  },
])('with a $name that is killed while clients write', ({ name, isMissing, server: newServer, open }) => {
  if (isMissing && process.env['CI']) throw new Error(`because CI is set, ${name} may not be missing`);

  test.skipIf(isMissing)(
    'nothing that was acknowledged is lost, doubled or reordered',
    async () => {
      const events: HistoryEvent[] = [];
      const append = (event: HistoryEvent) => events.push(event);
      const main = new Recorder({ client: 'main', append });
      await using server = newServer({ record: (disturbance) => main.disturb(disturbance) });
      await server.start();
      const { store, close } = openFallback(open(server.url));
      let acknowledged = 0;
      let isKilling = true;
      const clients = Array.from({ length: 8 }, (_, at) => {
        const recorder = new Recorder({ client: `c${at}`, append });
        const isOver = () => !isKilling && acknowledged >= WRITES;
        const work = appendIds({
          store,
          recorder,
          idPrefix: `${at}`,
          isOver,
          onAcknowledged: () => acknowledged++,
        });
        return { recorder, work };
      });
      const writesInFlight = () => clients.reduce((sum, { recorder }) => sum + recorder.writesInFlight, 0);
      const options = { random: seededRandom(7), writesInFlight, kills: KILLS, up: UP, down: DOWN };
      const killing = killAtRandom(server, options).finally(() => {
        isKilling = false;
      });
      await Promise.all([killing, ...clients.map(({ work }) => work)]);
      await untilPrimary(store);
      expect((await store.conflicts()).conflicts).toEqual([]);
      await close();
      await judge(name, events, open(server.url));
    },
    LIMIT_MS,
  );

  test.skipIf(isMissing)(
    'nor when our own program is killed, too',
    async () => {
      const folder = newFolder();
      const [historyPath, over] = [join(folder, 'history'), join(folder, 'over')];
      const history = openJournal(historyPath);
      using _closedLast = { [Symbol.dispose]: () => history.close() };
      const main = new Recorder({ client: 'main', append: history.append });
      const record = main.disturb.bind(main);
      await using server = newServer({ record });
      await server.start();
      let acknowledged = 0;
      let conflicts: unknown;
      await using program = new ProcessUnderTest({
        name: 'writer',
        module: new URL('./writing-process.fixture.ts', import.meta.url),
        args: [server.url, join(folder, 'spare.db'), historyPath, over],
        isReady: (message) => (message as { up?: boolean }).up === true,
        onMessage: (message) => {
          const told = message as { acknowledged?: number; conflicts?: unknown };
          acknowledged += told.acknowledged ?? 0;
          conflicts ??= told.conflicts;
        },
        record,
      });
      await program.start();
      const killing = new AbortController();
      const { signal } = killing;
      const options = { up: UP, down: DOWN, writesInFlight: () => 1 }; // each client always has one
      const serverKills = killAtRandom(server, { ...options, random: seededRandom(8), signal });
      const programKills = killAtRandom(program, {
        ...options,
        random: seededRandom(9),
        up: { leastMs: 800, mostMs: 2500 },
        signal,
      });
      const lives = () => program.lives;
      while (acknowledged < WRITES || lives() <= KILLS) {
        await Promise.race([systemClock.sleep(50), program.done]);
      }
      killing.abort();
      await Promise.all([serverKills, programKills]);
      writeFileSync(over, '');
      await program.done;
      expect(conflicts).toEqual([]);
      const { events, tornLines } = readJournal(historyPath);
      expect(tornLines).toBeLessThanOrEqual(lives());
      await judge(`${name} and ${lives()} lives of our program`, events, open(server.url));
    },
    LIMIT_MS,
  );

  test.skipIf(isMissing)('10,000 journalled writes are in it soon after its return', async () => {
    await using server = newServer({});
    await server.start();
    const { store, primary, close } = openFallback(open(server.url));
    const value = { text: 'x'.repeat(100) };
    const write = (at: number) => store.set(`k/${at % 3000}`, { ...value, at });
    const writeDirectly = (prefix: string) => (at: number) =>
      primary.compareAndSet(`${prefix}/${at}`, 0, { ...value, at }, { operationId: `${prefix}/${at}` });
    await write(0);
    const beforeMs = await timeOf(10_000, 32, writeDirectly('before'));
    await server.kill();
    await store.get('k/0');
    const journalMs = await timeOf(10_000, 100, write);
    expect(store.state()).toMatchObject({ state: 'away', journalEntries: 10_000 });
    await server.start();
    while (store.state().state === 'away') await systemClock.sleep(5);
    const began = systemClock.monotonicMs();
    await untilPrimary(store);
    const returnMs = systemClock.monotonicMs() - began;
    // The machine may have become slower meanwhile, or faster.
    const directMs = Math.max(beforeMs, await timeOf(10_000, 32, writeDirectly('after')));
    console.log(
      `${name}: 10,000 writes journalled in ${journalMs.toFixed(0)} ms, brought back in ${returnMs.toFixed(0)} ms; ` +
        `without a journal they take ${directMs.toFixed(0)} ms`,
    );
    expect(returnMs).toBeLessThan(Math.max(5000, 2 * directMs));
    expect((await store.conflicts()).conflicts).toEqual([]);
    await close();
  });
});

/** How long `count` calls take, so many at a time. */
async function timeOf(
  count: number,
  atOnce: number,
  work: (at: number) => Promise<unknown>,
): Promise<number> {
  const began = systemClock.monotonicMs();
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return systemClock.monotonicMs() - began;
}

function openFallback(primary: Store) {
  const spare = sqliteStore({ path: join(newFolder(), 'spare.db'), durability: 'process-death' });
  const store = fallbackStore({
    ...{ primary, spare, onConflict: 'reject' },
    ...{ patienceMs: 500, probeEveryMs: 50, successes: 2 },
  });
  return {
    store,
    primary,
    async close() {
      await store.close();
      await Promise.all([primary.close(), spare.close()]);
    },
  };
}

async function untilPrimary(store: FallbackStore): Promise<void> {
  while (store.state().state !== 'primary') await systemClock.sleep(5);
}

/** Compares what clients were told with what is in the primary in the end. */
async function judge(what: string, events: readonly HistoryEvent[], primary: Store): Promise<void> {
  const final = new Map<string, Value>();
  const applied = new Map<string, Ids>();
  for (const key of KEYS) {
    const ids = (await primary.get<Ids>(key))?.value ?? [];
    applied.set(key, ids);
    final.set(key, ids.at(-1) ?? null);
  }
  for (const key of REGISTERS) final.set(key, (await primary.get<string>(key))?.value ?? null);
  await primary.close();
  const history = historyOf(events);
  const { operations } = history;
  const kills = killsInFlight(history).filter(({ writes }) => writes.length > 0);
  const acknowledged = operations.filter(({ kind, outcome }) => kind !== 'read' && outcome === 'ok');
  const refused = operations.filter(({ outcome }) => outcome === 'failed');
  const unknown = operations.filter(({ outcome }) => outcome === 'unknown');
  console.log(
    `${what}: ${acknowledged.length} writes acknowledged, ${refused.length} operations refused, ` +
      `${unknown.length} unknown, ${kills.length} kills in flight`,
  );
  expect(acknowledged.length).toBeGreaterThanOrEqual(WRITES);
  expect(kills.length).toBeGreaterThanOrEqual(KILLS);
  expect(acknowledgedWrites(operations, final)).toMatchObject({ state: 'holds' });
  const appends = operations.filter(({ key }) => applied.has(key));
  expect(exactlyOnce(appends, applied)).toMatchObject({ state: 'holds' });
  expect(linearizable(operations)).toMatchObject({ state: 'holds' });
}
