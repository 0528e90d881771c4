import { postgresServer } from '@sustain/drills';
import { postgresStore } from '@sustain/stores/postgres';
import { statements } from '@sustain/stores/postgres/internal';
import pg from 'pg';
import type { BenchFigure } from '../bench-case.ts';
import { besideRawClient } from './in-flight.ts';
import { type Commands, key, ourCommands, payload } from './our-commands.ts';

const CONNECTIONS = 10;
const SCHEMA = 'bench';

/** Our store beside pg that says the same statements, each through a pool of ten connections, on one server and schema. */
export async function postgresBench(kind: keyof Commands): Promise<BenchFigure[]> {
  await using server = postgresServer();
  await server.start();
  const { url } = server;
  const store = postgresStore({ url, schema: SCHEMA, connections: CONNECTIONS });
  await store.get('migrated');
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  pool.on('error', (error) => console.error(error.message));
  try {
    return await besideRawClient(kind, 'pg', ourCommands(store), rawCommands(pool));
  } finally {
    await pool.end();
    await store.close();
  }
}

function rawCommands(pool: pg.Pool): Commands {
  const { get, write } = statements(SCHEMA);
  const revisions: number[] = [];
  async function put(at: number, expected: number | undefined): Promise<void> {
    const values = [`raw/${key(at)}`, JSON.stringify(payload), expected, null, null, null, null, null];
    const { rows } = await pool.query({ ...write, values, rowMode: 'array' });
    revisions[at] = Number(rows[0]?.[1]);
  }
  return {
    set: (at) => put(at, undefined),
    cas: (at) => put(at, revisions[at]),
    async get(at) {
      const { rows } = await pool.query({ ...get, values: [`raw/${key(at)}`], rowMode: 'array' });
      return JSON.parse(rows[0]?.[0]);
    },
  };
}
