import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { Disturbance } from '../history/index.ts';
import { isRunning, RunFolder } from '../processes/index.ts';
import { findPostgres, findRedis, postgresServer, redisServer, ServerProcess } from './index.ts';

const run = promisify(execFile);
const open: ServerProcess[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.close()));
});

function tracked(server: ServerProcess): ServerProcess {
  open.push(server);
  return server;
}

interface Kind {
  readonly server: (options?: { readonly record?: (disturbance: Disturbance) => void }) => ServerProcess;
  /** Adds a row, and resolves when that is acknowledged. */
  readonly add: (url: string, row: string) => Promise<unknown>;
  readonly rows: (url: string) => Promise<string[]>;
}

const redis: Kind = {
  server: (options) => tracked(redisServer({ appendfsync: 'always', ...options })),
  add: (url, row) => run('redis-cli', ['-e', '-u', url, 'rpush', 'rows', row], { timeout: 2000 }),
  rows: async (url) => {
    const { stdout } = await run('redis-cli', ['-e', '-u', url, 'lrange', 'rows', '0', '-1'], {
      timeout: 2000,
    });
    return stdout.split('\n').filter((line) => line !== '');
  },
};

const psql = (url: string, query: string) =>
  run(join(dirname(findPostgres() ?? ''), 'psql'), [url, '-qAtc', query], { timeout: 2000 });

const postgres: Kind = {
  server: (options) => tracked(postgresServer(options)),
  add: (url, row) =>
    psql(
      url,
      `create table if not exists rows (id serial, row text); insert into rows (row) values ('${row}')`,
    ),
  rows: async (url) => {
    const { stdout } = await psql(url, 'select row from rows order by id');
    return stdout.split('\n').filter((line) => line !== '');
  },
};

const isMissing = findRedis() === undefined || findPostgres() === undefined;
if (isMissing && process.env['CI'])
  throw new Error('because CI is set, Redis and PostgreSQL may not be missing');

describe.skipIf(isMissing).each([
  ['Redis', redis],
  ['PostgreSQL', postgres],
])('a private %s', (_name, { server: create, add, rows }) => {
  test('is killed and comes back five times, on the same port and with all that it had acknowledged', async () => {
    const told: Disturbance[] = [];
    const server = create({ record: (disturbance) => told.push(disturbance) });
    await server.start();
    const { url } = server;
    const pids = new Set([server.pid]);
    const acknowledged: string[] = [];
    for (let kill = 0; kill < 5; kill++) {
      await add(url, `row-${kill}`);
      acknowledged.push(`row-${kill}`);
      await server.kill();
      expect(server.state).toBe('down');
      await expect(rows(url)).rejects.toThrow();
      await server.start();
      pids.add(server.pid);
      expect(server.url).toBe(url);
      expect(await rows(url)).toEqual(acknowledged);
    }
    expect(pids.size).toBe(6);
    expect(told.map(({ what }) => what)).toEqual(['started', ...Array(5).fill(['killed', 'started']).flat()]);
    const times = told.map(({ atMs }) => atMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const downMs = told.flatMap(({ what, atMs }, at) =>
      what === 'killed' ? [(told[at + 1]?.atMs ?? 0) - atMs] : [],
    );
    console.log(`${server.name} was down for ${downMs.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  });

  test('answers nobody while it is paused, and goes on afterwards with what it was asked', async () => {
    const server = create();
    await server.start();
    await add(server.url, 'before');
    server.pause();
    server.pause();
    expect(server.state).toBe('paused');
    await expect(rows(server.url)).rejects.toMatchObject({ killed: true }); // it gave up after 2 s
    const late = add(server.url, 'while paused');
    server.resume();
    await late;
    expect(await rows(server.url)).toEqual(['before', 'while paused']);
  });

  test('is killed, or closed, while it is paused, and nothing of it stays', async () => {
    const server = create();
    await server.start();
    const [first] = [server.pid];
    server.pause();
    await server.kill();
    expect(isRunning(first as number)).toBe(false);
    await server.start();
    const second = server.pid as number;
    server.pause();
    await server.close();
    await server.close();
    expect(server.state).toBe('closed');
    expect(isRunning(second)).toBe(false);
    await expect(server.start()).rejects.toMatchObject({ code: 'NOT_POSSIBLE_NOW' });
  });

  test('stops well, and can be started again', async () => {
    const server = create();
    await server.start();
    await add(server.url, 'kept');
    await server.stop();
    await server.start();
    expect(await rows(server.url)).toEqual(['kept']);
  });
});

describe.skipIf(isMissing)('a private server', () => {
  test('leaves no orphan when its owner is killed without a word, not even a paused one', async () => {
    const script = fileURLToPath(new URL('./fixtures/owner.ts', import.meta.url));
    const owner = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
    const { pids, folder } = JSON.parse(line) as {
      readonly pids: readonly number[];
      readonly folder: string;
    };
    expect(pids.map(isRunning)).toEqual([true, true, true, true]);
    owner.kill('SIGKILL');
    await vi.waitFor(() => expect([...pids.map(isRunning), existsSync(folder)]).not.toContain(true), {
      timeout: 20_000,
      interval: 20,
    });
  });

  test('that is killed while it starts says so, and can be started again', async () => {
    const server = tracked(redisServer());
    const starting = server.start();
    await vi.waitFor(() => expect(server.pid).toBeDefined(), { interval: 1 });
    const pid = server.pid as number;
    await server.kill();
    await expect(starting).rejects.toMatchObject({ code: 'SERVER_NOT_READY' });
    expect(isRunning(pid)).toBe(false);
    await server.start();
    expect(server.state).toBe('up');
  });

  test('whose port was taken while it was down says so, and comes back when it is free', async () => {
    const server = tracked(redisServer());
    await server.start();
    const { port } = server;
    await server.kill();
    const thief = createServer((socket) => socket.destroy()).listen(port, '127.0.0.1');
    await once(thief, 'listening');
    await expect(server.start()).rejects.toThrow(/redis ended at once; its log ends with:.*in use/s);
    thief.close();
    await once(thief, 'close');
    await server.start();
    expect(server.port).toBe(port);
  });

  test('that ends by itself is down', async () => {
    const server = tracked(redisServer());
    await server.start();
    process.kill(server.pid as number, 'SIGKILL');
    await vi.waitFor(() => expect(server.state).toBe('down'), { interval: 1 });
    expect(server.pid).toBeUndefined();
    await server.start();
  });
});

describe('any server', () => {
  const broken = {
    name: 'broken',
    command: () => ['sh', '-c', 'echo no licence; exit 3'],
    isReady: async () => false,
    url: (port: number) => `tcp://127.0.0.1:${port}`,
  };

  test('that does not come up is a fault that shows the end of its log', async () => {
    const server = tracked(new ServerProcess(broken));
    await expect(server.start()).rejects.toThrow(/broken ended at once; its log ends with:.*no licence/s);
    expect(server.state).toBe('down');
  });

  test('whose program does not exist is a failure, and it is down', async () => {
    const server = tracked(new ServerProcess({ ...broken, command: () => ['/no/such'] }));
    await expect(server.start()).rejects.toThrow('ENOENT');
    expect(server.state).toBe('down');
  });

  test('refuses what makes no sense in its state, and says in which it is', async () => {
    const server = tracked(new ServerProcess(broken));
    expect(() => server.port).toThrow('broken is down, so it cannot have a port');
    expect(() => server.pause()).toThrow('broken is down, so it cannot be paused');
    expect(() => server.resume()).toThrow('broken is down, so it cannot be resumed');
    await server.kill();
    await server.stop();
    const starting = server.start();
    await expect(server.start()).rejects.toThrow('broken is starting, so it cannot start');
    await expect(starting).rejects.toThrow();
  });

  test.each(['kill', 'close'] as const)('whose first answer comes after %s is not up', async (how) => {
    const isReady = async () => {
      void server[how]();
      return true;
    };
    const command = () => [process.execPath, '-e', 'setInterval(() => {}, 1000)'];
    const server: ServerProcess = tracked(new ServerProcess({ ...broken, command, isReady }));
    await expect(server.start()).rejects.toMatchObject({ code: 'SERVER_NOT_READY' });
    expect(server.state).toBe(how === 'kill' ? 'down' : 'closed');
  });

  test('in a folder that it shares leaves that folder alone', async () => {
    const folder = new RunFolder();
    await using server = new ServerProcess(broken, { folder });
    await expect(server.start()).rejects.toThrow();
    await server.close();
    expect(existsSync(folder.path)).toBe(true);
    await folder.close();
    await folder.close();
    expect(existsSync(folder.path)).toBe(false);
  });
});
