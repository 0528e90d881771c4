import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { inspect } from 'node:util';
import { Signals, systemClock } from '@sustain/kernel';
import { createClient } from 'redis';
import { afterEach, describe, expect, it } from 'vitest';
import { type Store, storeFaults } from '../contract.ts';
import { storeAvailability } from '../store-signals.ts';
import { type RedisStoreOptions, redisStore } from './index.ts';
import { PrivateRedis } from './private-redis.fixture.ts';
import { lackOfDurability } from './redis-server.ts';

const servers: PrivateRedis[] = [];
const oldServers: Server[] = [];
const stores: Store[] = [];

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await Promise.all(servers.splice(0).map((server) => server.end()));
  for (const server of oldServers.splice(0)) server.close();
});

async function started(...settings: readonly string[]): Promise<PrivateRedis> {
  const server = await PrivateRedis.on(...settings);
  servers.push(server);
  await server.start();
  return server;
}

function opened(options: RedisStoreOptions): Store {
  const store = redisStore({ maxReconnectMs: 100, commandTimeoutMs: BUSY_MS, ...options });
  stores.push(store);
  return store;
}

/** Asks the server as its administrator. */
async function administer(server: PrivateRedis, ...commands: readonly string[]): Promise<void> {
  const raw = createClient({ url: server.url });
  await raw.connect();
  try {
    for (const command of commands) await raw.sendCommand(command.split(' '));
  } finally {
    await raw.close();
  }
}

/** Asks until it is so. The test's own time limit ends it. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await systemClock.sleep(5);
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => undefined,
    (error: unknown) => error as Error & { code: string; context: { reason: string } },
  );

/** A machine that does much else takes long to load a package and to connect. */
const BUSY_MS = 20_000;
const DURABLE = ['--appendonly yes', '--appendfsync always'];

describe('durability', () => {
  const given = {
    appendonly: 'yes',
    appendfsync: 'always',
    'no-appendfsync-on-rewrite': 'no',
    maxmemory: '0',
    'maxmemory-policy': 'allkeys-lru',
  };

  it.each([
    ['power-loss', {}, undefined],
    ['process-death', {}, undefined],
    ['process-death', { appendfsync: 'no' }, undefined],
    ['process-death', { 'no-appendfsync-on-rewrite': 'yes' }, undefined],
    ['power-loss', { appendonly: 'no' }, 'set `appendonly yes`'],
    ['process-death', { appendonly: 'no' }, 'set `appendonly yes`'],
    ['power-loss', { appendfsync: 'no' }, 'set it to always'],
    ['power-loss', { appendfsync: 'everysec' }, 'set it to always'],
    ['process-death', { appendfsync: 'everysec' }, 'for up to two seconds'],
    ['power-loss', { 'no-appendfsync-on-rewrite': 'yes' }, 'set it to no'],
    ['process-death', { maxmemory: '1000' }, 'set it to noeviction'],
    ['process-death', { maxmemory: '1000', 'maxmemory-policy': 'noeviction' }, undefined],
    ['process-death', { appendonly: undefined }, 'set `appendonly yes`'],
  ] as const)('of %s with %j: %s', (durability, change, lack) => {
    const found = lackOfDurability(durability, { ...given, ...change });
    if (lack === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(lack);
  });

  it('is refused to every command where the server does not give it, with the cure', async () => {
    const server = await started('--appendonly yes', '--appendfsync everysec');
    for (const durability of ['power-loss', 'process-death'] as const) {
      const store = opened({ url: server.url, durability });
      for (const call of [() => store.get('a'), () => store.set('a', 1), () => store.list('')]) {
        const error = await failureOf(call());
        expect(error).toSatisfy(storeFaults.DURABILITY_NOT_GIVEN.matches);
        expect(error?.message).toContain('appendfsync is everysec');
        expect(error?.message).toContain('always');
      }
      await store.close();
    }
    const modest = opened({ url: server.url });
    expect(await modest.get('a')).toBeUndefined();
    expect(modest.durability).toBe('volatile');
  });

  it('is there as soon as the server has been set up for it, without a restart of ours', async () => {
    const server = await started('--appendonly yes', '--appendfsync everysec');
    const store = opened({ url: server.url, durability: 'power-loss' });
    expect(await failureOf(store.set('a', 1))).toSatisfy(storeFaults.DURABILITY_NOT_GIVEN.matches);
    await administer(server, 'CONFIG SET appendfsync always');
    await until(async () => (await failureOf(store.set('a', 1))) === undefined);
    expect((await store.get('a'))?.value).toBe(1);
  });

  it('cannot be verified for a user who may not CONFIG: that is refused with a reason of its own', async () => {
    const server = await started(...DURABLE);
    await administer(server, 'ACL SETUSER app on >geheim ~* &* +@all -config');
    const url = `redis://app:geheim@127.0.0.1:${server.port}`;
    const error = await failureOf(opened({ url, durability: 'process-death' }).set('a', 1));
    expect(error).toSatisfy(storeFaults.DURABILITY_NOT_GIVEN.matches);
    expect(error?.message).toContain('+config|get');
    expect(await opened({ url }).set('a', 1)).toBeGreaterThan(0);
  });

  it('cannot be verified where a hosted service has taken CONFIG away', async () => {
    const server = await started(...DURABLE, '--rename-command CONFIG -gone-');
    const error = await failureOf(opened({ url: server.url, durability: 'power-loss' }).get('a'));
    expect(error).toSatisfy(storeFaults.DURABILITY_NOT_GIVEN.matches);
  });
});

describe('a user', () => {
  const COMMANDS =
    '+hello +config|get +get +getrange +set +del +exists +incr +persist +pexpireat +pttl +time +zadd +zrem +zrangebylex +zrangebyscore +publish +subscribe +unsubscribe +eval +evalsha +script|load';

  it('needs no more than the commands, the keys and the channel of a store', async () => {
    const server = await started(...DURABLE);
    const keys = '~{mine:}* &{mine:}changes';
    await administer(server, `ACL SETUSER app on >geheim resetchannels ${keys} ${COMMANDS}`);
    const url = `redis://app:geheim@127.0.0.1:${server.port}`;
    const store = opened({ url, keyPrefix: 'mine:', durability: 'power-loss' });
    const watch = await store.watch('');
    const revision = await store.set('a', 1, { ttlMs: 60_000, operationId: 'once' });
    expect(await store.touch('a', revision, 60_000)).toBe(true);
    expect((await store.compareAndSet('a', 5, 1, { guard: { key: 'a', revision } })).ok).toBe(false);
    expect((await store.list('')).entries).toHaveLength(1);
    expect(await store.delete('a')).toBe(true);
    await watch.close();
    const elsewhere = opened({ url, keyPrefix: 'other:' });
    const error = await failureOf(elsewhere.get('a'));
    expect(error).toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
    expect(error?.message).toContain('(NOPERM)');
  });

  it('who may not tell changes learns it before anything is written', async () => {
    const server = await started();
    await administer(server, `ACL SETUSER app on >geheim resetchannels ~* ${COMMANDS}`);
    const store = opened({ url: `redis://app:geheim@127.0.0.1:${server.port}` });
    const error = await failureOf(store.set('a', 1));
    expect(error?.code).toBe('STORE_UNAVAILABLE');
    expect(await opened({ url: server.url }).get('a')).toBeUndefined();
  });
});

describe('what a server refuses', () => {
  it('is a typed fault with the cure: a replica', async () => {
    const primary = await started();
    const replica = await started(`--replicaof 127.0.0.1 ${primary.port}`);
    const error = await failureOf(opened({ url: replica.url }).get('a'));
    expect(error).toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
    expect(error?.message).toContain('give the address of the primary');
  });

  it('is a write after it was made a replica: it is not asked any more until it takes writes again', async () => {
    const [primary, server] = [await started(), await started()];
    const signals = new Signals();
    const told: unknown[] = [];
    signals.on(storeAvailability, ({ data }) => told.push(data.state));
    const store = opened({ url: server.url, signals });
    await store.set('a', 1);
    await administer(server, `REPLICAOF 127.0.0.1 ${primary.port}`);
    const writes = await Promise.all([1, 2, 3].map((value) => failureOf(store.set('a', value))));
    for (const error of [...writes, await failureOf(store.get('a'))]) {
      expect(error?.code).toBe('STORE_UNAVAILABLE');
      expect(error?.message).toContain('give the address of the primary');
    }
    expect(told).toEqual(['available', 'unavailable']);
    await administer(server, 'REPLICAOF NO ONE');
    await until(async () => (await failureOf(store.set('a', 4))) === undefined);
    expect((await store.get('a'))?.value).toBe(4);
    expect(told).toEqual(['available', 'unavailable', 'available']);
  });

  it('is told although nobody writes: a server that was made a replica does not answer with what it had', async () => {
    const [primary, server] = [await started(), await started()];
    const store = opened({ url: server.url, commandTimeoutMs: 1000 });
    await until(async () => (await failureOf(store.set('a', 1))) === undefined);
    await administer(server, `REPLICAOF 127.0.0.1 ${primary.port}`);
    await until(async () => /replica/.test((await failureOf(store.get('a')))?.message ?? ''));
  });

  it('is a typed fault with the cure: a database that is not there', async () => {
    const server = await started();
    const error = await failureOf(opened({ url: `${server.url}/99` }).get('a'));
    expect(error?.code).toBe('STORE_UNAVAILABLE');
    expect(error?.message).toContain('database');
  });

  it('in the midst of a write is not said to have left nothing behind', async () => {
    const server = await started();
    const whole = opened({ url: server.url });
    await whole.set('a', 1);
    await whole.set('b', 1, { ttlMs: 60_000 });
    await administer(server, 'ACL SETUSER app on >geheim ~* &* +@all -zrangebyscore');
    const app = opened({ url: `redis://app:geheim@127.0.0.1:${server.port}` });
    const put = await failureOf(app.set('a', 2));
    expect(put?.code).toBe('OUTCOME_UNKNOWN');
    expect(put?.message).toMatch(/NOPERM|run this command/); // 7.0 says the latter
    expect((await whole.get('a'))?.value).toBe(2);
  });

  it('for want of a counter has deleted nothing', async () => {
    const server = await started();
    const store = opened({ url: server.url });
    await store.set('a', 1);
    await administer(server, 'SET {sustain:}revision rubbish');
    const once = { operationId: 'once' };
    expect((await failureOf(store.delete('a', once)))?.code).toBe('OUTCOME_UNKNOWN');
    expect((await store.get('a'))?.value).toBe(1);
    await administer(server, 'DEL {sustain:}revision');
    expect(await store.delete('a', once)).toBe(true);
  });

  it('is a write when the memory is full; reading and deleting go on, also for who connects then', async () => {
    const server = await started();
    const store = opened({ url: server.url });
    await store.set('a', 1);
    await administer(server, 'CONFIG SET maxmemory 1');
    for (const one of [store, opened({ url: server.url })]) {
      const error = await failureOf(one.set('b', 1));
      expect(error?.code).toBe('STORE_UNAVAILABLE');
      expect(error?.message).toContain('raise its maxmemory');
      expect((await one.get('a'))?.value).toBe(1);
    }
    expect(await store.delete('a')).toBe(true);
    await administer(server, 'CONFIG SET maxmemory 0');
    expect(await store.set('b', 1)).toBeGreaterThan(0);
  });
});

describe('revisions', () => {
  it('grow also when the server has lost everything', async () => {
    const server = await started();
    const store = opened({ url: server.url });
    const before = await store.set('a', 1);
    await administer(server, 'FLUSHALL');
    const emptied = await store.set('a', 1);
    expect(emptied).toBeGreaterThan(before);
    await server.kill();
    await server.start();
    await until(async () => (await failureOf(store.get('a'))) === undefined);
    expect(await store.get('a')).toBeUndefined();
    expect(await store.set('a', 1)).toBeGreaterThan(emptied);
  });
});

describe('a server that is too old', () => {
  /** Answers whatever is asked, as a server from before 6.0 answers a greeting: with the arguments of the login. */
  async function oldServer(answer: string): Promise<string> {
    const server = createServer((socket) => {
      socket.on('data', () => void socket.write(answer));
      socket.on('error', () => socket.destroy());
    });
    oldServers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    return `redis://me:geheim@127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it.each([
    ['-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `me`, `geheim`, \r\n', '6.0'],
    ['%3\r\n+version\r\n+6.0.16\r\n+mode\r\n+standalone\r\n+role\r\n+master\r\n', '6.0.16'],
  ])('is refused with the version that is needed', async (answer, version) => {
    const error = await failureOf(opened({ url: await oldServer(answer.repeat(4)) }).get('a'));
    expect(error).toSatisfy(storeFaults.SERVER_TOO_OLD.matches);
    expect(error?.message).toContain('needs Redis 6.2 or newer');
    expect(error?.message).toContain(version);
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('geheim');
  });
});

it('credentials are told nowhere, whatever goes wrong', async () => {
  const server = await started(...DURABLE);
  await administer(server, 'ACL SETUSER benutzer on >ge%heim ~* &* +@all -config');
  const secrets = ['ge%heim', 'ge%25heim', 'benutzer'];
  const told: unknown[] = [];
  const signals = new Signals();
  signals.onAny((signal) => told.push(signal));
  const url = (rest: string) => `redis://benutzer:ge%25heim@127.0.0.1:${rest}`;
  const options = (one: Partial<RedisStoreOptions>) => ({ url: url(`${server.port}`), signals, ...one });
  const good = opened(options({}));
  await good.set('a', 1);
  told.push(good);
  for (const one of [
    { url: url('1') },
    { url: url(`${server.port}`).replace('heim', 'lb') },
    { durability: 'power-loss' as const },
    { url: url(`${server.port}/99`) },
  ]) {
    const store = opened(options(one));
    for (const call of [() => store.get('a'), () => store.set('a', 1), () => store.watch('')]) {
      const error = await failureOf(call());
      expect(error).toBeInstanceOf(Error);
      told.push(error);
    }
  }
  for (const wrong of [
    url('x'),
    url('1').replace('redis', 'http'),
    url('1').replace('%25', '%'),
    url('1/x'),
  ]) {
    try {
      redisStore({ url: wrong });
      expect.unreachable();
    } catch (error) {
      told.push(error);
    }
  }
  const writing = Array.from({ length: 20 }, (_, at) => failureOf(good.set(`a/${at}`, at)));
  await server.kill();
  told.push(...(await Promise.all(writing)), await failureOf(good.get('a')));
  expect(told.length).toBeGreaterThan(35);
  for (const one of told) {
    const text = inspect(one, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null });
    const fields = JSON.stringify(one, (_name, value) => value, 1) ?? '';
    for (const secret of secrets) expect(`${text}${fields}`).not.toContain(secret);
  }
});
