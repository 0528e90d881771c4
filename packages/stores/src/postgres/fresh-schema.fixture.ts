import { systemRandom } from '@sustain/kernel';
import pg from 'pg';
import type { OpenedStore } from '../contract.suite.ts';
import { type PostgresOptions, postgresStore } from './postgres-store.ts';

/** Of the server that `services run` started; undefined where there is none. */
export const url = process.env['DATABASE_URL'];

/** A name that no other test has. */
export function schemaName(): string {
  return `t_${systemRandom.next().toString(36).slice(2)}`;
}

/** Says something to the server beside the store. */
export async function raw<Row extends pg.QueryResultRow>(
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** A store with a schema of its own. The machine may be busy, so it is patient. */
export async function freshSchema(
  options: Partial<PostgresOptions> = {},
): Promise<OpenedStore & { schema: string }> {
  const schema = schemaName();
  const open = () =>
    postgresStore({ url: url as string, schema, connections: 4, commandTimeoutMs: 15_000, ...options });
  return {
    schema,
    store: open(),
    another: async () => open(),
    corrupt: async (key) => {
      const flipped = `overlay(value placing chr(ascii(substr(value, length(value), 1)) # 1) from length(value))`;
      await raw(`update ${schema}.entries set value = ${flipped} where key = $1`, [key]);
    },
    dispose: async () => {
      await raw(`drop schema if exists ${schema} cascade`);
    },
  };
}
