import { seededRandom, systemClock, systemRandom } from '@sustain/kernel';
import { describe, expect, test } from 'vitest';
import {
  acknowledgedWrites,
  exactlyOnce,
  type HistoryEvent,
  historyOf,
  killsInFlight,
  linearizable,
  Recorder,
  type Value,
} from '../history/index.ts';
import { findRedis, redisServer, type ServerProcess } from '../servers/index.ts';
import { killAtRandom } from './index.ts';
import { ConnectionLost, connectRedis, type RedisClient, StillLoading } from './redis-client.fixture.ts';

const KEYS = 10;
const CLIENTS = 6;
const KILLS = 8;

const isMissing = findRedis() === undefined;
if (isMissing && process.env['CI']) throw new Error('because CI is set, Redis may not be missing');

/** Clients write and read while the server is killed; then what is there is read. */
async function drill(server: ServerProcess, events: HistoryEvent[], main: Recorder) {
  await server.start();
  const ending = new AbortController();
  const clients = Array.from({ length: CLIENTS }, (_, index) => {
    const recorder = new Recorder({ client: `c${index}`, append: (event) => events.push(event) });
    return { recorder, work: work(server.port, recorder, ending.signal) };
  });
  const writesInFlight = () => clients.reduce((sum, { recorder }) => sum + recorder.writesInFlight, 0);
  const up = { leastMs: 50, mostMs: 250 };
  const killing = killAtRandom(server, { random: seededRandom(1), writesInFlight, kills: KILLS, up });
  const [kills] = await Promise.all([
    killing.finally(() => ending.abort()),
    ...clients.map(({ work }) => work),
  ]);
  const client = (await connectRedis(server.port)) as RedisClient;
  const final = new Map<string, Value>();
  const lists = new Map<string, string[]>();
  for (let key = 0; key < KEYS; key++) {
    const read = main.invoke({ kind: 'read', key: `k${key}` });
    const value = await client.ask(`get k${key}`);
    read.ok(value);
    final.set(`k${key}`, value);
    lists.set(
      `l${key}`,
      (
        (await client.ask(`eval "return table.concat(redis.call('lrange',KEYS[1],0,-1),' ')" 1 l${key}`)) ??
        ''
      )
        .split(' ')
        .filter((id) => id !== ''),
    );
  }
  client.close();
  return { kills, final, lists };
}

async function work(port: number, recorder: Recorder, signal: AbortSignal): Promise<void> {
  let client: RedisClient | undefined;
  for (let number = 0; !signal.aborted; number++) {
    client ??= await connectRedis(port, signal);
    if (client === undefined) return;
    const any = Math.floor(systemRandom.next() * KEYS);
    const kind = (['read', 'write', 'append'] as const)[number % 3] as 'read' | 'write' | 'append';
    const key = `${kind === 'append' ? 'l' : 'k'}${any}`;
    const value = `${kind}-${number}-${systemRandom.next()}`;
    const operation = recorder.invoke(kind === 'write' ? { kind, key, value } : { kind, key });
    const command = {
      read: `get ${key}`,
      write: `set ${key} ${value}`,
      append: `rpush ${key} ${operation.id}`,
    };
    try {
      const answer = await client.ask(command[kind]);
      operation.ok(kind === 'read' ? answer : undefined);
    } catch (error) {
      if (error instanceof StillLoading) {
        operation.failed();
        await systemClock.sleep(5);
        continue;
      }
      operation.unknown();
      client.close();
      client = undefined;
      if (!(error instanceof ConnectionLost)) throw error;
    }
  }
  client?.close();
}

describe.skipIf(isMissing)('a Redis that is killed while clients write', () => {
  test('loses nothing that it acknowledged, doubles nothing and stays linearizable, with appendfsync always', async () => {
    const events: HistoryEvent[] = [];
    const main = new Recorder({ client: 'main', append: (event) => events.push(event) });
    await using server = redisServer({
      appendfsync: 'always',
      record: (disturbance) => main.disturb(disturbance),
    });
    const { kills, final, lists } = await drill(server, events, main);
    const history = historyOf(events);
    const hit = killsInFlight(history).filter(({ writes }) => writes.length > 0);
    console.log(
      `${history.operations.length} operations, ${kills.length} kills, ${hit.length} with writes in flight, ` +
        `down for ${kills.map(({ downMs }) => downMs.toFixed(0)).join(', ')} ms`,
    );
    expect(hit.length).toBeGreaterThanOrEqual(KILLS);
    expect(history.operations.length).toBeGreaterThan(1000);
    const registers = history.operations.filter(({ kind }) => kind !== 'append');
    const appends = history.operations.filter(({ kind }) => kind === 'append');
    expect(acknowledgedWrites(history.operations, final)).toMatchObject({ state: 'holds' });
    expect(linearizable(registers)).toMatchObject({ state: 'holds' });
    expect(exactlyOnce(appends, lists)).toMatchObject({ state: 'holds' });
  });

  test('is caught when it keeps nothing on disk', async () => {
    const events: HistoryEvent[] = [];
    const main = new Recorder({ client: 'main', append: (event) => events.push(event) });
    await using server = redisServer({ settings: { appendonly: 'no' } });
    const { final, lists } = await drill(server, events, main);
    const { operations } = historyOf(events);
    const registers = operations.filter(({ kind }) => kind !== 'append');
    const verdicts = [
      acknowledgedWrites(operations, final),
      linearizable(registers),
      exactlyOnce(
        operations.filter(({ kind }) => kind === 'append'),
        lists,
      ),
    ];
    for (const verdict of verdicts.slice(1)) {
      expect(verdict.state).toBe('violated');
      if (verdict.state === 'violated') console.log(verdict.message);
    }
  });
});
