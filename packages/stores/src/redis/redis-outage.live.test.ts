import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Signals, systemClock } from '@sustain/kernel';
import { afterEach, expect, it } from 'vitest';
import { type Change, type Store, storeFaults } from '../contract.ts';
import { storeAvailability } from '../store-signals.ts';
import { type RedisStoreOptions, redisStore } from './index.ts';
import { PrivateRedis } from './private-redis.fixture.ts';

const servers: PrivateRedis[] = [];
const stores: Store[] = [];

afterEach(async () => {
  await Promise.all(stores.splice(0).map((store) => store.close()));
  await Promise.all(servers.splice(0).map((server) => server.end()));
});

const DURABLE = ['--appendonly yes', '--appendfsync always'];

async function serverOf(...settings: readonly string[]): Promise<PrivateRedis> {
  const server = await PrivateRedis.on(...settings);
  servers.push(server);
  return server;
}

function opened(options: RedisStoreOptions): Store {
  const store = redisStore({ maxReconnectMs: 200, ...options });
  stores.push(store);
  return store;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await systemClock.sleep(5);
}

/** The code of the fault, or undefined when it was done. */
const codeOf = (work: Promise<unknown>): Promise<string | undefined> =>
  work.then(
    () => undefined,
    (error: { code: string }) => error.code,
  );

const works = async (store: Store) => (await codeOf(store.get('probe'))) === undefined;

it('a server that is killed under load: typed faults, nothing acknowledged lost, and it works again by itself', async () => {
  const server = await serverOf(...DURABLE);
  await server.start();
  const store = opened({ url: server.url, durability: 'process-death' });
  const acknowledged = new Map<string, number>();
  const codes = new Map<string, number>();
  let isOver = false;
  const writers = Array.from({ length: 16 }, async (_, writer) => {
    for (let at = 0; !isOver; at++) {
      const code = await codeOf(store.set(`w/${writer}`, at, { operationId: `${writer}/${at}` }));
      if (code === undefined) acknowledged.set(`w/${writer}`, at);
      else codes.set(code, (codes.get(code) ?? 0) + 1);
      if (code !== undefined) await systemClock.sleep(2);
    }
  });
  for (let kill = 0; kill < 4; kill++) {
    const before = [...acknowledged.values()].reduce((sum, at) => sum + at, 0);
    await until(() => [...acknowledged.values()].reduce((sum, at) => sum + at, 0) > before + 500);
    await server.kill();
    expect(await codeOf(store.set('away', 1))).toMatch(/^(STORE_UNAVAILABLE|OUTCOME_UNKNOWN)$/);
    await server.start();
    await until(() => works(store));
  }
  isOver = true;
  await Promise.all(writers);
  expect([...codes.keys()].filter((code) => !/^(STORE_UNAVAILABLE|OUTCOME_UNKNOWN)$/.test(code))).toEqual([]);
  expect(codes.get('OUTCOME_UNKNOWN')).toBeGreaterThan(0);
  for (const [key, at] of acknowledged) {
    expect((await store.get<number>(key))?.value).toBeGreaterThanOrEqual(at);
  }
});

it('durability is verified anew when a server comes back', async () => {
  const server = await serverOf(...DURABLE);
  await server.start();
  const store = opened({ url: server.url, durability: 'power-loss' });
  await store.set('a', 1);
  await server.kill();
  await server.start('--appendonly yes', '--appendfsync everysec');
  await until(async () => (await codeOf(store.get('a'))) === 'DURABILITY_NOT_GIVEN');
  await server.kill();
  await server.start(...DURABLE);
  await until(() => works(store));
  expect((await store.get('a'))?.value).toBe(1);
});

it('a server that is frozen: commands time out, the breaker spares it, and the connection is made anew', async () => {
  const server = await serverOf();
  await server.start();
  const signals = new Signals();
  const told: string[] = [];
  signals.on(storeAvailability, ({ data }) => told.push(`${data.state}: ${data.reason}`));
  const store = opened({ url: server.url, commandTimeoutMs: 300, connectTimeoutMs: 1000, signals });
  await until(() => works(store));
  const watch = await store.watch('');
  await store.set('a', 1);
  told.length = 0;
  server.tell('SIGSTOP');
  const codes = await Promise.all(
    [store.get('a'), store.set('a', 2), store.get('a'), store.delete('b')].map(codeOf),
  );
  expect(codes).toEqual(['STORE_UNAVAILABLE', 'OUTCOME_UNKNOWN', 'STORE_UNAVAILABLE', 'OUTCOME_UNKNOWN']);
  await codeOf(store.get('a'));
  const startMs = systemClock.monotonicMs();
  for (let call = 0; call < 20; call++) expect(await codeOf(store.set('a', 3))).toBe('STORE_UNAVAILABLE');
  expect(systemClock.monotonicMs() - startMs).toBeLessThan(1500);
  await until(() =>
    told.some((text) => text.startsWith('unavailable') && text.includes('no answer to a ping')),
  );
  // Long enough for attempts whose connection is accepted by the kernel, and never answered.
  await systemClock.sleep(1500);
  server.tell('SIGCONT');
  await until(() => works(store));
  const last = await store.set('last', 1);
  for await (const change of watch) if (change.key === 'last') break;
  expect(last).toBeGreaterThan(0);
  expect(told.map((text) => text.split(':')[0])).toEqual(['unavailable', 'available']);
});

it('a server that is away at the start: the store is there, says so, and works when it comes', async () => {
  const server = await serverOf();
  const store = opened({ url: server.url });
  const startMs = systemClock.monotonicMs();
  expect(await codeOf(store.set('a', 1))).toBe('STORE_UNAVAILABLE');
  await expect(store.get('a')).rejects.toSatisfy(storeFaults.STORE_UNAVAILABLE.matches);
  await expect(store.watch('')).rejects.toThrow('ECONNREFUSED');
  expect(systemClock.monotonicMs() - startMs).toBeLessThan(4000);
  await server.start();
  await until(() => works(store));
  expect(await store.set('a', 1)).toBeGreaterThan(0);
});

it('a server that accepts and says nothing: what was never sent is not said to have happened perhaps', async () => {
  const silent = createServer((socket) => socket.on('error', () => socket.destroy())).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const store = opened({ url: `redis://127.0.0.1:${port}`, commandTimeoutMs: 400 });
  const codes = await Promise.all([store.set('a', 1), store.delete('a'), store.get('a')].map(codeOf));
  expect(codes).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE', 'STORE_UNAVAILABLE']);
  const startMs = systemClock.monotonicMs();
  await store.close();
  expect(systemClock.monotonicMs() - startMs).toBeLessThan(2000);
  silent.close();
});

it('10,000 commands while the server is away are all refused in the time of one, and keep no memory', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const server = await serverOf();
  const store = opened({ url: server.url });
  async function flood(): Promise<number> {
    const startMs = systemClock.monotonicMs();
    const codes = await Promise.all(
      Array.from({ length: 10_000 }, (_, at) => codeOf(store.set(`k/${at}`, at))),
    );
    expect(new Set(codes)).toEqual(new Set(['STORE_UNAVAILABLE']));
    return systemClock.monotonicMs() - startMs;
  }
  await flood();
  await flood();
  collect();
  const before = process.memoryUsage().heapUsed;
  const tookMs: number[] = [];
  for (let round = 0; round < 5; round++) tookMs.push(await flood());
  collect();
  const grownBytes = process.memoryUsage().heapUsed - before;
  console.log(`10,000 refused in ${Math.round(Math.min(...tookMs))} ms; 50,000 kept ${grownBytes} bytes`);
  expect(Math.min(...tookMs)).toBeLessThan(2000);
  expect(grownBytes).toBeLessThan(2_000_000);
});

it('a watch tells what has changed while the server was away for it', async () => {
  const server = await serverOf(...DURABLE);
  await server.start();
  const store = opened({ url: server.url });
  await store.set('w/kept', 1);
  await store.set('w/gone', 1);
  const seen: Change[] = [];
  const watch = await store.watch('w/');
  const reading = (async () => {
    for await (const change of watch) {
      seen.push(change);
      if (seen.length === 2) return;
    }
  })();
  await server.kill();
  await server.start();
  const other = opened({ url: server.url });
  await until(() => works(other));
  await other.delete('w/gone');
  await other.set('w/new', 2);
  await reading;
  expect(seen.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual(['deleted w/gone', 'set w/new']);
});

it('closing answers what is in flight, and lets the process end, whether the server is there or not', async () => {
  const server = await serverOf();
  await server.start();
  const away = await serverOf();
  const source = `
    import { redisStore } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)};
    const here = redisStore({ url: '${server.url}', commandTimeoutMs: 20_000 }), away = redisStore({ url: '${away.url}' });
    await away.get('a').catch(() => 'as expected');
    await here.watch('');
    const writing = Promise.all(Array.from({ length: 100 }, (_, at) => here.set('k' + at, at)));
    await new Promise(setImmediate);
    await Promise.all([here.close(), away.close()]);
    console.log((await writing).length);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  expect({ code, output }).toEqual({ code: 0, output: '100\n' });
});
