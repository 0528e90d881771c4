import { lockSeed, migrations, SCHEMA_VERSION } from './migrations.ts';
import type { ServerConnection } from './server-connection.ts';
import { complaintAboutSchema } from './server-facts.ts';

/**
 * @internal Brings the schema to the version that this program works with, in one transaction, which others who want
 * the same wait for. Rejects with SERVER_UNSUITABLE when it is newer; then, and after any other error, nothing has
 * changed, and the connection is to be discarded.
 */
export async function migrate(connection: ServerConnection, store: string, schema: string): Promise<void> {
  if ((await checkedVersion(connection, store, schema)) === SCHEMA_VERSION) return;
  const lock = `select pg_advisory_xact_lock(${lockSeed(schema)})`;
  await connection.run(`begin; set local statement_timeout = ${MIGRATION_MS}; ${lock}`, MIGRATION_MS);
  // Somebody else may have done it meanwhile.
  const version = await checkedVersion(connection, store, schema);
  const steps = migrations(schema).slice(version);
  const creating = version === 0 ? await creationOf(connection, schema) : '';
  const noting = `insert into "${schema}".migrations (version) select generate_series(${version + 1}, ${SCHEMA_VERSION})`;
  await connection.run(`${creating} ${steps.join('')} ${noting}; commit`, MIGRATION_MS);
}

const MIGRATION_MS = 60_000;

async function checkedVersion(connection: ServerConnection, store: string, schema: string): Promise<number> {
  const version = await versionOf(connection, schema);
  const complaint = complaintAboutSchema(store, schema, version);
  if (complaint !== undefined) throw complaint;
  return version;
}

/** Looks into the catalog, as what `to_regclass` says may be from before the lock was had. */
async function versionOf(connection: ServerConnection, schema: string): Promise<number> {
  const found = await connection.rows({ text: HAS_MIGRATIONS }, [schema]);
  if (found.length === 0) return 0;
  const [row] = await connection.rows<[number]>({
    text: `select coalesce(max(version), 0) from "${schema}".migrations`,
  });
  return row?.[0] ?? 0;
}

const HAS_MIGRATIONS = `select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
  where nspname = $1 and relname = 'migrations'`;

/** A schema that somebody else made is taken: then the right to make one is not needed. */
async function creationOf(connection: ServerConnection, schema: string): Promise<string> {
  const text = 'select from pg_namespace where nspname = $1';
  const isThere = (await connection.rows({ text }, [schema])).length > 0;
  return `${isThere ? '' : `create schema "${schema}";`}
    create table if not exists "${schema}".migrations (
      version int primary key, applied timestamptz not null default clock_timestamp());`;
}
