import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Injection } from '../injection/index.ts';
import {
  findPostgres,
  findRedis,
  postgresServer,
  redisServer,
  type ServerProcess,
  serverKilled,
  serverPaused,
  serverStopped,
} from './index.ts';

const kinds = [
  { name: 'Redis', find: findRedis, make: () => redisServer() },
  { name: 'PostgreSQL', find: findPostgres, make: () => postgresServer() },
];
for (const { name, find } of kinds) {
  if (process.env['CI'] && find() === undefined)
    throw new Error(`because CI is set, ${name} may not be missing`);
}

const ways = [
  ['killed', serverKilled, 'down'],
  ['stopped', serverStopped, 'down'],
  ['paused', serverPaused, 'paused'],
] as const;

describe.each(kinds)('a private $name', ({ find, make }) => {
  describe.skipIf(find() === undefined)('that is broken for a drill', () => {
    let server: ServerProcess;

    beforeAll(async () => {
      server = make();
      await server.start();
    });

    afterAll(() => server.close());

    test.each(ways)('by being %s answers again when that is ended', async (_, breaks, state) => {
      const injection: Injection = await breaks(server);
      expect(server.state).toBe(state);
      await Promise.all([injection.end(), injection.end()]);
      expect(server.state).toBe('up');
      await server.untilReady();
    });

    test.each(ways)('by being %s comes back by itself at the hard end', async (_, breaks) => {
      const injection = await breaks(server, { maxMs: 50 });
      while (injection.endedBy === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
      await injection.end(); // waits for what the hard end began
      expect(injection.endedBy).toBe('hard-end');
      expect(server.state).toBe('up');
    });

    test.each(ways)('by being %s for too long is left as it is', async (_, breaks) => {
      const { pid } = server;
      await expect(async () => breaks(server, { maxMs: 0 })).rejects.toThrow(
        'maxMs must be 1 to 600000; got 0',
      );
      expect([server.state, server.pid]).toEqual(['up', pid]);
    });

    test('is left alone when somebody else brought it back, or it is already broken', async () => {
      const killed = await serverKilled(server);
      const refused = { code: 'NOT_POSSIBLE_NOW' };
      await expect(serverKilled(server)).rejects.toMatchObject(refused);
      await expect(serverStopped(server)).rejects.toMatchObject(refused);
      expect(() => serverPaused(server)).toThrow(`${server.name} is down, so it cannot be paused`);
      const starting = server.start();
      await killed.end();
      expect(server.state).toBe('up');
      await starting;
      const paused = serverPaused(server);
      await server.restart();
      await paused.end();
      expect(server.state).toBe('up');
    });
  });
});

test('a server that is closed is not brought back', async () => {
  const server = kinds.find(({ find }) => find() !== undefined)?.make();
  if (server === undefined) throw new Error('there is no server on this machine');
  await server.start();
  const injection = await serverKilled(server);
  await server.close();
  await injection.end();
  expect(server.state).toBe('closed');
});
