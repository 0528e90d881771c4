import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { Signals, systemClock, systemRandom } from '@sustain/kernel';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { type Store, storeFaults } from '../contract.ts';
import { freshSchema, raw, schemaName, url } from './fresh-schema.fixture.ts';
import { SETTINGS, sessionSettings } from './open-connection.ts';
import { PostgresBackend } from './postgres-backend.ts';
import { type PostgresOptions, postgresStore } from './postgres-store.ts';
import { statements } from './statements.ts';

describe.skipIf(url === undefined)('on its server', () => {
  const closing: (() => Promise<unknown>)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function fresh(options: Partial<PostgresOptions> = {}) {
    const state = await freshSchema(options);
    closing.push(state.dispose, () => state.store.close());
    return state;
  }

  /** Ends the sessions whose last statement is like that. */
  function endSessions(like: string): Promise<{ pid: number }[]> {
    return raw(
      `select pid, pg_terminate_backend(pid) from pg_stat_activity where query like $1 and pid <> pg_backend_pid()`,
      [like],
    );
  }

  async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
    while (!(await isSo())) await systemClock.sleep(5);
  }

  it('eight stores that start at the same time make one schema', async () => {
    const schema = schemaName();
    closing.push(() => raw(`drop schema ${schema} cascade`));
    const stores = Array.from({ length: 8 }, () =>
      postgresStore({ url: url as string, schema, commandTimeoutMs: 15_000 }),
    );
    closing.push(...stores.map((store) => () => store.close()));
    await Promise.all(stores.map((store, at) => store.set(`start/${at}`, at)));
    expect((await (stores[0] as Store).list('start/')).entries).toHaveLength(8);
    expect(await raw(`select version from ${schema}.migrations`)).toEqual([{ version: 1 }]);
  });

  it('a schema of a newer version is refused, with the cure, and left alone', async () => {
    const { schema, store } = await fresh();
    await store.set('a', 1);
    await raw(`insert into ${schema}.migrations (version) values (7)`);
    const older = postgresStore({ url: url as string, schema });
    closing.push(() => older.close());
    for (const call of [() => older.get('a'), () => older.set('a', 2), () => older.watch('')]) {
      await expect(call()).rejects.toSatisfy(storeFaults.SERVER_UNSUITABLE.matches);
      await expect(call()).rejects.toThrow(/version 7, .* up to 1: upgrade the program/);
    }
    expect((await store.get('a'))?.value).toBe(1);
  });

  it('a schema that is dropped while it is used is made anew', async () => {
    const { schema, store } = await fresh();
    await store.set('a', 1);
    await raw(`drop schema ${schema} cascade`);
    await store.set('b', 1);
    expect(await store.get('a')).toBeUndefined();
  });

  it('idle connections that the server ends end nothing else, and the next call works', async () => {
    const { schema, store } = await fresh();
    await Promise.all(Array.from({ length: 20 }, (_, at) => store.set(`a/${at}`, at)));
    const ended = await endSessions(`%${schema}%`);
    expect(ended.length).toBeGreaterThan(0);
    // Ending is only asked for: a write that meets it half way is told as in doubt, which is another matter.
    const left = 'select from pg_stat_activity where pid = any($1)';
    await until(async () => (await raw(left, [ended.map(({ pid }) => pid)])).length === 0);
    await store.set('a/1', 'again');
    expect((await store.get('a/1'))?.value).toBe('again');
  });

  it('a change is found although nobody notified, and so is one from while nobody could listen', async () => {
    const { schema, store } = await fresh();
    await store.set('w/a', 1);
    const changes = (await store.watch('w/'))[Symbol.asyncIterator]();
    // Its process dies between the commit and the notification.
    const dying = new pg.Client({ connectionString: url });
    await dying.connect();
    const text = `0000${'0000'}{}`;
    await dying.query(`select ${schema}.write('w/b', $1, null, null, null, null, null, null)`, [text]);
    await dying.end();
    expect((await changes.next()).value).toEqual({ kind: 'corrupted', key: 'w/b' });
    await endSessions(`%pg_current_snapshot%"${schema}"%`);
    await store.delete('w/a');
    const told: unknown[] = [];
    while (!told.some((change) => (change as { kind: string }).kind === 'deleted')) {
      told.push((await changes.next()).value);
    }
    expect(told).toContainEqual({ kind: 'deleted', key: 'w/a' });
  });

  it('what is committed late, after later numbers, is found', async () => {
    const { schema, store } = await fresh();
    await store.set('w/a', 1);
    const changes = (await store.watch('w/'))[Symbol.asyncIterator]();
    const late = new pg.Client({ connectionString: url });
    await late.connect();
    await late.query('begin');
    await late.query(`select ${schema}.write('w/late', '00000000{}', null, null, null, null, null, null)`);
    for (let at = 0; at < 3; at++) {
      await store.set('w/a', at);
      expect((await changes.next()).value).toMatchObject({ key: 'w/a', value: at });
    }
    await late.query('commit');
    await late.end();
    expect((await changes.next()).value).toEqual({ kind: 'corrupted', key: 'w/late' });
  });

  it('pages are read by the index, at the beginning and in the middle, of a table however it was planned', async () => {
    const { schema, store } = await fresh();
    await store.set('warm', 1);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query({ ...SETTINGS, values: [sessionSettings(2000), false] });
    const { listUntil, get, look } = statements(schema);
    await client.query(`prepare page (text, text, int, text) as ${listUntil.text}`);
    await client.query(`prepare one (text) as ${get.text}`);
    await client.query(`prepare look (pg_snapshot, int) as ${look.text}`);
    await client.query("execute page ('', '', 100, 'x')"); // planned while it was empty
    await raw(`insert into ${schema}.entries select 'key/' || lpad(n::text, 6, '0'), repeat('x', 100), n, null, '3'
      from generate_series(1, 100000) as n`);
    const plans = [
      "execute page ('key/', '', 100, 'key0')",
      "execute page ('key/', 'key/050000', 100, 'key0')",
      "execute one ('key/050000')",
      'execute look (pg_current_snapshot(), 100)',
    ];
    for (const execute of plans) {
      const { rows } = await client.query(`explain (analyze, format json) ${execute}`);
      const plan = JSON.stringify(rows);
      expect(plan).toMatch(/"Index (Only )?Scan"/);
      expect(plan).not.toMatch(/Seq Scan|Bitmap|"Sort"/);
      expect(rows[0]['QUERY PLAN'][0]['Execution Time']).toBeLessThan(100);
      expect(plan).not.toMatch(/"Rows Removed by (Index )?(Recheck|Filter)":\s*[1-9]\d{3}/);
    }
    await client.end();
  });

  it('what is dead goes, in batches, and operation ids after their time; what lives stays', async () => {
    const schema = schemaName();
    closing.push(() => raw(`drop schema ${schema} cascade`));
    const backend = new PostgresBackend({
      store: 'swept',
      url: url as string,
      schema,
      durability: 'power-loss',
      connections: 2,
      connectTimeoutMs: 5000,
      commandTimeoutMs: 10_000,
      maxReconnectMs: 1000,
      maxInFlight: 10,
      operationTtlMs: 1,
      clock: systemClock,
      random: systemRandom,
      onAvailability: () => undefined,
    });
    closing.push(() => backend.close());
    const write = { expected: undefined, ttlMs: undefined, guard: undefined };
    await backend.write({ ...write, key: 'lives', text: 'x', operationId: 'op' });
    await backend.write({ ...write, key: 'young', text: 'x', ttlMs: 1, operationId: undefined });
    await raw(`insert into ${schema}.entries select 'dead/' || n, null, n, now() - interval '11 minutes', '3'
      from generate_series(1, 1500) as n`);
    await until(async () => !(await backend.sweep()));
    expect(await raw(`select key from ${schema}.entries order by key`)).toEqual([
      { key: 'lives' },
      { key: 'young' },
    ]);
    expect(await raw(`select id from ${schema}.operations`)).toEqual([]);
  });

  it('what no longer waits takes no place: the queue is never longer than maxInFlight', async () => {
    const { schema, store } = await fresh({ connections: 1, maxInFlight: 20, commandTimeoutMs: 3000 });
    await store.set('a', 1);
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('begin');
    await holder.query(`select ${schema}.write('a', 'x', null, null, null, null, null, null)`);
    const results = await Promise.allSettled(Array.from({ length: 100 }, (_, at) => store.set('a', at)));
    await holder.query('rollback');
    await holder.end();
    const reasons = results.map((result) =>
      result.status === 'rejected' ? String(result.reason.message) : '',
    );
    expect(reasons.filter((reason) => reason.includes('no room'))).toHaveLength(80);
    expect(reasons.filter((reason) => reason.includes('connections are all in use'))).toHaveLength(19);
    // The one that was sent was undone by the server, the others were not sent: nobody has to wonder.
    for (const result of results) {
      const { reason } = result as PromiseRejectedResult;
      expect(reason).toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
      expect(storeFaults.OUTCOME_UNKNOWN.matches(reason)).toBe(false);
    }
    await store.set('a', 'after');
    expect((await store.get('a'))?.value).toBe('after');
  });

  it('callers who have given up leave at once, and what they leave behind is bounded', async () => {
    const { schema, store } = await fresh({ connections: 1, maxInFlight: 5 });
    await store.set('a', 1);
    const holder = new pg.Client({ connectionString: url });
    await holder.connect();
    await holder.query('begin');
    await holder.query(`select ${schema}.write('a', 'x', null, null, null, null, null, null)`);
    const first = store.set('a', 2);
    for (let call = 0; call < 5; call++) {
      const controller = new AbortController();
      const given = store.set('a', 3, { signal: controller.signal });
      controller.abort(new Error('enough'));
      await expect(given).rejects.toThrow('enough');
    }
    await expect(store.set('a', 4)).rejects.toThrow('connections are all in use');
    await holder.query('rollback');
    await holder.end();
    await first;
    await store.set('a', 5);
    expect((await store.get('a'))?.value).toBe(5);
  });

  it('a pooler in between is refused, with the cure', async () => {
    // Like PgBouncer it introduces itself with a process id of its own.
    const { hostname, port } = new URL(url as string);
    const sockets: Socket[] = [];
    const pooler = createServer((client) => {
      const server = connect(Number(port), hostname);
      sockets.push(client, server);
      client.pipe(server);
      server.on('data', (data) => {
        const at = data.indexOf(Buffer.from([0x4b, 0, 0, 0, 12]));
        if (at >= 0) data.writeInt32BE(1, at + 5);
        client.write(data);
      });
      for (const socket of [client, server]) socket.on('error', () => socket.destroy());
      client.on('close', () => server.destroy());
    }).listen(0, '127.0.0.1');
    await once(pooler, 'listening');
    const store = postgresStore({
      url: `postgres://postgres@127.0.0.1:${(pooler.address() as AddressInfo).port}/postgres`,
    });
    await expect(store.get('a')).rejects.toSatisfy(storeFaults.SERVER_UNSUITABLE.matches);
    await expect(store.get('a')).rejects.toThrow('give the address of the server itself');
    await store.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => pooler.close(resolve));
  });

  it('a user without rights is told what to grant', async () => {
    const role = schemaName();
    await raw(`create role ${role} login`);
    closing.push(() => raw(`drop role ${role}`));
    const address = new URL(url as string);
    address.username = role;
    const store = postgresStore({ url: address.href, schema: schemaName(), signals: new Signals() });
    closing.push(() => store.close());
    await expect(store.set('a', 1)).rejects.toThrow(/grant it .* CREATE on the database .* \(42501\)/);
  });

  it.each([
    { schema: 'Robert"; drop table x; --' },
    { schema: '' },
    { schema: 'pg_mine' },
    { schema: 'x'.repeat(49) },
    { durability: 'paper' as never },
    { connections: 0 },
    { operationTtlMs: 0.5 },
  ])('an option out of range is refused: %j', (wrong) => {
    expect(() => postgresStore({ url: url as string, ...wrong })).toThrow(RangeError);
  });
});
