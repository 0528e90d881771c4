import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresServer, redisServer } from '@sustain/drills';
import { ABSENT, type FallbackOptions, fallbackStore, type Store } from '@sustain/stores';
import { postgresStore } from '@sustain/stores/postgres';
import { redisStore } from '@sustain/stores/redis';
import { sqliteStore } from '@sustain/stores/sqlite';
import type { BenchFigure } from '../bench-case.ts';
import { inTurns } from '../in-turns.ts';
import { clients, TURNS, usEach } from './in-flight.ts';

/** Opens a store of its own each time, all on one server, or in one folder. */
type Opening = (name: string) => Store;

/**
 * What a fallback store costs while its primary is there: microseconds an operation of 64 clients beside the same store
 * without it. `create` makes new keys, each once (`store`), and with an operation id that the primary remembers
 * (`store-named`); `get` reads what has been written.
 */
export async function fallbackBench(
  primary: keyof typeof PRIMARIES,
  kind: 'create' | 'get',
): Promise<BenchFigure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-bench-'));
  try {
    return await PRIMARIES[primary](folder, (open) => besidePrimary(kind, open, folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Measure = (open: Opening) => Promise<BenchFigure[]>;

const PRIMARIES = {
  sqlite: (folder: string, measure: Measure) =>
    measure((name) => sqliteStore({ path: join(folder, `${name}.db`) })),
  async redis(_folder: string, measure: Measure) {
    await using server = redisServer();
    await server.start();
    return await measure((name) =>
      redisStore({ url: server.url, commandTimeoutMs: PATIENCE_MS, keyPrefix: `${name}:` }),
    );
  },
  async postgres(_folder: string, measure: Measure) {
    await using server = postgresServer();
    await server.start();
    return await measure((schema) =>
      postgresStore({ url: server.url, schema, connections: CONNECTIONS, commandTimeoutMs: PATIENCE_MS }),
    );
  },
};

async function besidePrimary(kind: 'create' | 'get', open: Opening, folder: string): Promise<BenchFigure[]> {
  const opened: Store[] = [];
  const opening = (name: string) => {
    const store = open(name);
    opened.push(store);
    return store;
  };
  const withFallback = (name: string, options: Partial<FallbackOptions> = {}) => {
    const spare = sqliteStore({ path: join(folder, `spare-${name}.db`) });
    const primary = opening(name);
    const store = fallbackStore({
      primary,
      spare,
      onConflict: 'reject',
      patienceMs: PATIENCE_MS,
      ...options,
    });
    opened.push(spare, store);
    return store;
  };
  const raw = opening('raw');
  const named = withFallback('named');
  const once = withFallback('once', { writtenOnce: () => true });
  try {
    if (kind === 'get') {
      const turns = await inTurns({ raw: await reads(raw), ours: await reads(named) }, TURNS);
      return [{ value: usEach(turns.ours), rival: 'store', rivalValue: usEach(turns.raw) }];
    }
    const contenders = { raw: creations(raw), named: creations(named), once: creations(once) };
    const turns = await inTurns(contenders, TURNS);
    const rivalValue = usEach(turns.raw);
    return [
      { value: usEach(turns.once), rival: 'store', rivalValue },
      { value: usEach(turns.named), rival: 'store-named', rivalValue },
    ];
  } finally {
    for (const store of opened.reverse()) await store.close();
  }
}

function creations(store: Store): () => Promise<unknown> {
  let made = 0;
  return clients(async () => {
    const at = made++;
    const { ok } = await store.compareAndSet(logKey(at), ABSENT, record(at));
    if (!ok) throw new Error('nobody else writes');
  });
}

async function reads(store: Store): Promise<() => Promise<unknown>> {
  for (let at = 0; at < READ_KEYS; at++) await store.set(logKey(at), record(at));
  let read = 0;
  return clients(() => store.get(logKey(read++ % READ_KEYS)));
}

function logKey(at: number): string {
  return `sessions/log/4b1f/${at.toString().padStart(9, '0')}`;
}

/** About 300 bytes as JSON. */
function record(at: number) {
  return { id: `4b1f/${at}`, kind: 'message', author: 'user', wallMs: 1_750_000_000_000, text: TEXT };
}

const TEXT = 'x'.repeat(210);
const READ_KEYS = 1000;
const CONNECTIONS = 10;
/** A disk may be busy for a second: what is measured is the usual. */
const PATIENCE_MS = 10_000;
