import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findPostgres,
  findRedis,
  freePort,
  type Kill,
  type KillTarget,
  killAtRandom,
  ProcessUnderTest,
  postgresServer,
  redisServer,
  type Span,
} from '@sustain/drills';
import { seededRandom } from '@sustain/kernel';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { createSessionsClient, type SessionsClient } from '../src/client/index.ts';
import { Films } from './films.fixture.ts';
import { Writers } from './writers.fixture.ts';

const isLong = inject('long');
const EVENTS = isLong ? 50_000 : 1000;
/** How often each server and each instance is killed with writes in flight, at least. */
const KILLS = isLong ? { server: 6, instance: 4 } : { server: 2, instance: 1 };
const SESSIONS = 24;
const CLIENTS = isLong ? 32 : 12;
const LIMIT_MS = isLong ? 1_800_000 : 120_000;
const FILMS_AT_ONCE = 4;
const INSTANCES = ['a', 'b', 'c'];
const SERVER_UP = isLong ? { leastMs: 2500, mostMs: 8000 } : { leastMs: 500, mostMs: 3000 };
const INSTANCE_UP = isLong ? { leastMs: 4000, mostMs: 20_000 } : SERVER_UP;
const DOWN = { leastMs: 0, mostMs: isLong ? 2500 : 1000 };

const isMissing = findPostgres() === undefined || findRedis() === undefined;
if (isMissing && process.env['CI'])
  throw new Error('because CI is set, PostgreSQL and Redis may not be missing');

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe.skipIf(isMissing)(
  'three instances on one PostgreSQL and one Redis, all killed at random while clients write and have films made',
  () => {
    it(
      'lose and double no acknowledged write and no stage of a film, keep the order of each session, and answer every conflict with 412',
      async () => {
        const random = seededRandom('durability');
        await using database = postgresServer();
        await using redis = redisServer({ appendfsync: 'always' });
        await Promise.all([database.start(), redis.start()]);
        const told: object[] = [];
        const instances: ProcessUnderTest[] = [];
        await using _ended = {
          [Symbol.asyncDispose]: async () => {
            await Promise.all(instances.map((instance) => instance[Symbol.asyncDispose]()));
          },
        };
        const urls: string[] = [];
        for (const name of INSTANCES) {
          const port = await freePort(random.fork(name));
          const folder = mkdtempSync(join(tmpdir(), `sustain-sessions-${name}-`));
          folders.push(folder);
          const instance = new ProcessUnderTest({
            name,
            module: new URL('./service-process.fixture.ts', import.meta.url),
            env: {
              SUSTAIN_PORT: `${port}`,
              SUSTAIN_SESSIONS__FOLDER: folder,
              SESSIONS_INSTANCE: name,
              DATABASE_URL: database.url,
              FILMS_REDIS_URL: redis.url,
            },
            isReady: (message) => (message as { up?: boolean }).up === true,
            onMessage: (message) => told.push({ instance: name, ...(message as object) }),
          });
          await instance.start();
          instances.push(instance);
          urls.push(`http://127.0.0.1:${port}`);
        }
        const clients = urls.map((baseUrl) =>
          createSessionsClient({ baseUrl, retry: { maxAttempts: 1 }, timeoutMs: 20_000 }),
        );

        const writers = new Writers(clients, random.fork('clients'));
        const films = new Films(urls, clients[0] as SessionsClient, random.fork('films'));
        await writers.createSessions(SESSIONS);
        await films.createSessions(Array.from({ length: FILMS_AT_ONCE }, (_, at) => `films-${at}`));
        const ending = new AbortController();
        const { signal } = ending;
        const kills: Kill[] = [];
        const onKill = (kill: Kill) => kills.push(kill);
        const targets: readonly Killed[] = [
          {
            target: database,
            up: SERVER_UP,
            least: KILLS.server,
            writesInFlight: () => writers.writesInFlight,
          },
          { target: redis, up: SERVER_UP, least: KILLS.server, writesInFlight: () => films.underWay },
          ...instances.map((target) => {
            const writesInFlight = () => writers.writesInFlight + films.underWay;
            return { target, up: INSTANCE_UP, least: KILLS.instance, writesInFlight };
          }),
        ];
        const killing = Promise.all(
          targets.map(({ target, up, least, writesInFlight }) =>
            killAtRandom(target, {
              ...{ random: random.fork(target.name), up, down: DOWN, writesInFlight, onKill, signal },
              kills: isLong ? Number.POSITIVE_INFINITY : least, // a slow machine comes to rest after them
            }),
          ),
        );
        const hitsOf = ({ name }: KillTarget) =>
          kills.filter((kill) => kill.target === name && kill.writesInFlight > 0).length;
        const isOver = () =>
          writers.acknowledged >= EVENTS && targets.every(({ target, least }) => hitsOf(target) >= least);
        const clientsAt = Array.from({ length: CLIENTS }, (_, at) => at);
        try {
          const working = Promise.all([
            films.make(isOver),
            ...clientsAt.map((at) => writers.write(at, isOver)),
          ]);
          await Promise.race([working, killing.then(() => working)]);
        } catch (error) {
          const failed = told.filter((message) => 'failed' in message);
          throw new Error(`${(error as Error).message}; the instances say ${JSON.stringify(failed)}`, {
            cause: error,
          });
        } finally {
          ending.abort();
          await killing.catch(() => undefined); // it is told above
        }
        await writers.judge();
        await films.judge();
        expect(told.filter((message) => 'conflict' in message)).toEqual([]);
        console.log(
          `${writers.acknowledged} events acknowledged, ${writers.refused} times refused (503), ${writers.stale} stale writes refused (412), ${films.made} films made; kills in flight: ${targets.map(({ target }) => `${target.name} ${hitsOf(target)}`).join(', ')}`,
        );
      },
      LIMIT_MS,
    );
  },
);

interface Killed {
  readonly target: KillTarget;
  readonly up: Span;
  /** How often with writes in flight. */
  readonly least: number;
  /** Of those that need it. */
  readonly writesInFlight: () => number;
}
