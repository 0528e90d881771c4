import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { Signals, systemClock } from '@sustain/kernel';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ABSENT, type Store, storeFaults } from '../contract.ts';
import { storeAvailability } from '../store-signals.ts';
import { url } from './fresh-schema.fixture.ts';
import { type PostgresOptions, postgresStore } from './postgres-store.ts';
import { PASSWORD, PrivateServer } from './private-server.fixture.ts';

describe.skipIf(url === undefined)('a store whose server is broken', () => {
  let server: PrivateServer;
  const stores: Store[] = [];

  beforeAll(async () => {
    server = await PrivateServer.make();
    await server.start();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    await server.start();
  });
  afterAll(() => server.close());

  function open(options: Partial<PostgresOptions> = {}): Store {
    const store = postgresStore({ url: server.url, maxReconnectMs: 200, ...options });
    stores.push(store);
    return store;
  }

  async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
    while (!(await isSo())) await systemClock.sleep(10);
  }

  const answers = (store: Store) => store.get('any').then(() => true, storeFaultsOnly);
  function storeFaultsOnly(error: unknown): false {
    if (!storeFaults.STORE_UNAVAILABLE.matches(error)) throw error;
    return false;
  }

  it('counts on, each step once, while the server is killed again and again', async () => {
    const store = open({ connections: 8, commandTimeoutMs: 1000 });
    let isOver = false;
    let unknown = 0;
    const counting = Array.from({ length: 8 }, async (_, at) => {
      const key = `count/${at}`;
      let [count, revision] = [0, ABSENT];
      for (let operation = 1; !isOver; ) {
        try {
          const operationId = `${key}/${operation}`;
          const result = await store.compareAndSet(key, revision, count + 1, { operationId });
          // Nobody else writes it: a conflict would be a write that happened twice, or was lost.
          if (!result.ok) throw new Error(`${key}: ${inspect(result)} instead of ${revision}`);
          expect(result.revision).toBeGreaterThan(revision);
          [count, revision] = [count + 1, result.revision];
          operation++;
        } catch (error) {
          if (storeFaults.OUTCOME_UNKNOWN.matches(error)) unknown++;
          else storeFaultsOnly(error);
          await systemClock.sleep(5);
        }
      }
      return { key, count, revision };
    });
    for (let kill = 0; kill < 5; kill++) {
      await until(() => answers(store));
      await systemClock.sleep(150);
      await server.kill();
      await server.start();
    }
    await until(() => answers(store));
    isOver = true;
    for (const { key, count, revision } of await Promise.all(counting)) {
      const entry = await store.get<number>(key);
      // The last step may have happened without an answer.
      expect([count, count + 1]).toContain(entry?.value);
      expect(entry?.revision).toBeGreaterThanOrEqual(revision);
      expect(count).toBeGreaterThan(0);
    }
    expect(unknown).toBeGreaterThan(0);
  });

  it('says in time that the outcome is unknown when the server hangs, and works again when it goes on', async () => {
    const store = open({ commandTimeoutMs: 400, connectTimeoutMs: 400 });
    await store.set('a', 1);
    server.signal('SIGSTOP');
    try {
      const startMs = systemClock.monotonicMs();
      await expect(store.set('a', 2)).rejects.toSatisfy(storeFaults.OUTCOME_UNKNOWN.matches);
      await expect(store.get('a')).rejects.toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
      expect(systemClock.monotonicMs() - startMs).toBeLessThan(2000);
    } finally {
      server.signal('SIGCONT');
    }
    await until(() => answers(store));
    expect([1, 2]).toContain((await store.get('a'))?.value);
    await store.set('a', 3);
    expect((await store.get('a'))?.value).toBe(3);
  });

  it('can be made while the server is away, fails at once, tells it, and is there when the server is', async () => {
    await server.kill();
    const signals = new Signals();
    const told: string[] = [];
    signals.on(storeAvailability, ({ data }) => told.push(data.state));
    const store = open({ signals });
    await expect(store.get('a')).rejects.toThrow('ECONNREFUSED');
    const startMs = systemClock.monotonicMs();
    for (let call = 0; call < 100; call++) {
      await expect(store.set('a', 1)).rejects.toSatisfy(
        (error) =>
          storeFaults.STORE_UNAVAILABLE.matches(error) && !storeFaults.OUTCOME_UNKNOWN.matches(error),
      );
    }
    expect(systemClock.monotonicMs() - startMs).toBeLessThan(500);
    await server.start();
    await until(() => told.length === 2); // without being asked
    await store.set('a', 1);
    expect(told).toEqual(['unavailable', 'available']);
  });

  it('does not storm a server that refuses: attempts are spaced, however many ask', async () => {
    let attempts = 0;
    const refusing = createServer((socket) => {
      attempts++;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(refusing, 'listening');
    const { port } = refusing.address() as AddressInfo;
    const store = open({ url: `postgres://me@127.0.0.1:${port}/db`, maxReconnectMs: 5000 });
    const startMs = systemClock.monotonicMs();
    while (systemClock.monotonicMs() - startMs < 1000) {
      await Promise.allSettled(Array.from({ length: 50 }, () => store.get('a')));
      await systemClock.sleep(1);
    }
    // At once, and then after 25 to 50 ms, 50 to 100, 100 to 200, 200 to 400, 400 to 800.
    expect(attempts).toBeGreaterThanOrEqual(3);
    expect(attempts).toBeLessThanOrEqual(6);
    await new Promise((resolve) => refusing.close(resolve));
  });

  it('that does not accept the password says so, and tells neither user nor password', async () => {
    const signals = new Signals();
    const told: unknown[] = [];
    signals.onAny((signal) => told.push(signal));
    const store = open({ url: server.urlOf('wrong-5c1d'), signals });
    for (const call of [() => store.get('a'), () => store.set('a', 1), () => store.watch('')]) {
      const error = await call().then(
        () => undefined,
        (thrown) => thrown,
      );
      expect(error).toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
      expect(error.message).toContain('user and password of the url: correct them (28P01)');
      told.push(error);
    }
    await server.kill();
    const away = open();
    told.push(await away.get('a').catch((thrown) => thrown));
    told.push(store, away);
    const all = inspect(told, { depth: Number.POSITIVE_INFINITY, showHidden: true, getters: true });
    expect(all).toContain('ECONNREFUSED');
    for (const secret of ['wrong-5c1d', PASSWORD, 'owner']) expect(all).not.toContain(secret);
  });

  it.each([
    ['fsync', 'power-loss', 'fsync = on'],
    ['full_page_writes', 'power-loss', 'full_page_writes = off'],
  ] as const)('without %s does not promise %s', async (setting, durability, cure) => {
    await server.kill();
    await server.start(`${setting}=off`);
    const strict = open({ durability, commandTimeoutMs: 15_000 });
    await expect(strict.set('a', 1)).rejects.toSatisfy(storeFaults.DURABILITY_NOT_GIVEN.matches);
    await expect(strict.set('a', 1)).rejects.toThrow(cure);
    const lax = open({ durability: 'process-death', commandTimeoutMs: 15_000 });
    await lax.set('a', 1);
    await server.kill();
  });

  it('waits for the log although the server would not, unless it is to keep nothing', async () => {
    await server.kill();
    await server.start('synchronous_commit=off');
    const client = new pg.Client({ connectionString: server.url });
    await client.connect();
    client.on('error', () => undefined);
    const settings: string[] = [];
    for (const durability of ['power-loss', 'process-death', 'volatile'] as const) {
      const store = open({ durability, connections: 1, schema: 'spied', commandTimeoutMs: 15_000 });
      await store.set('a', 1);
      await client.query('drop function spied.touch');
      await client.query(`create function spied.touch(text, bigint, bigint) returns boolean language plpgsql as
        $$ begin 
        raise exception '%', current_setting('synchronous_commit') using errcode = '22000'; end $$`);
      await store.touch('a', 1, 1).catch((error) => settings.push(error.message));
    }
    await client.end();
    expect(settings.map((message) => /: (\w+) \(22000\)$/.exec(message)?.[1])).toEqual(['on', 'on', 'off']);
    await server.kill();
  });
});
