import { redisServer } from '@sustain/drills';
import { redisStore } from '@sustain/stores/redis';
import { PUT, RedisNames, recordHead } from '@sustain/stores/redis/internal';
import { createClient } from 'redis';
import type { BenchFigure } from '../bench-case.ts';
import { besideRawClient } from './in-flight.ts';
import { type Commands, key, ourCommands, payload } from './our-commands.ts';

/** Our store beside node-redis that runs the same script; both on one server, each on a connection of its own. */
export async function redisBench(kind: keyof Commands): Promise<BenchFigure[]> {
  await using server = redisServer();
  await server.start();
  const { url } = server;
  const store = redisStore({ url, keyPrefix: 'ours:' });
  const raw = await connected(url);
  try {
    return await besideRawClient(kind, 'node-redis', ourCommands(store), rawCommands(raw));
  } finally {
    raw.destroy();
    await store.close();
  }
}

function connected(url: string) {
  return createClient({ url }).connect();
}

function rawCommands(raw: Awaited<ReturnType<typeof connected>>): Commands {
  const names = new RedisNames('theirs:');
  const revisions: number[] = [];
  async function put(at: number, expected: string): Promise<void> {
    const keys = [names.entry(key(at)), names.revision, names.index, names.expiry];
    const args = [key(at), names.changes, expected, '', '', '', JSON.stringify(payload)];
    const script = revisions[at] === undefined ? ['EVAL', PUT.text] : ['EVALSHA', PUT.sha1];
    const revision: unknown = await raw.sendCommand([...script, `${keys.length}`, ...keys, ...args]);
    revisions[at] = revision as number;
  }
  return {
    set: (at) => put(at, ''),
    cas: (at) => put(at, recordHead(revisions[at] as number)),
    async get(at) {
      const record: unknown = await raw.sendCommand(['GET', names.entry(key(at))]);
      return JSON.parse((record as string).slice((record as string).indexOf(':') + 1));
    },
  };
}
