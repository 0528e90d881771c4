import type { QueryArrayConfig } from 'pg';

/** @internal A statement that each connection prepares once, under its name. */
export type Statement = Readonly<Pick<QueryArrayConfig, 'text'> & { name?: string }>;

/** @internal What a store says to its server. `schema` is a name that was checked. */
export interface Statements {
  readonly get: Statement;
  readonly write: Statement;
  readonly touch: Statement;
  /** From a key on and after another one, up to a key. */
  readonly listUntil: Statement;
  readonly list: Statement;
  readonly notify: Statement;
  readonly look: Statement;
  readonly sweepEntries: Statement;
  readonly sweepOperations: Statement;
}

/** @internal */
export function statements(schema: string): Statements {
  const entries = `"${schema}".entries`;
  return {
    get: {
      name: 'sustain_get',
      text: `select value, revision from ${entries} where key = $1 and ${ALIVE}`,
    },
    write: {
      name: 'sustain_write',
      text: `select outcome, at_revision, stored from "${schema}".write($1, $2, $3, $4, $5, $6, $7, $8)`,
    },
    touch: { name: 'sustain_touch', text: `select "${schema}".touch($1, $2, $3)` },
    listUntil: {
      name: 'sustain_list_until',
      text: `${LISTED} from ${entries} where key >= $1 and key > $2 and key < $4 and ${ALIVE} order by key limit $3`,
    },
    list: {
      name: 'sustain_list',
      text: `${LISTED} from ${entries} where key >= $1 and key > $2 and ${ALIVE} order by key limit $3`,
    },
    notify: { name: 'sustain_notify', text: `select pg_notify('${channel(schema)}', '')` },
    look: { name: 'sustain_look', text: lookText(entries) },
    sweepEntries: { name: 'sustain_sweep_entries', text: sweepText(entries, KEPT) },
    sweepOperations: {
      name: 'sustain_sweep_operations',
      text: sweepText(`"${schema}".operations`, '0 seconds'),
    },
  };
}

/** @internal Where it is told that something was written. */
export function channel(schema: string): string {
  return `sustain_${schema}`;
}

const ALIVE = 'value is not null and (expires is null or expires > clock_timestamp())';
const TTL_MS = `(extract(epoch from expires - clock_timestamp()) * 1000)::float8`;
const LISTED = `select key, value, revision, ${TTL_MS}`;

/** How long what was deleted or has expired stays: many times as long as a watch may not look. */
const KEPT = '10 minutes';

/**
 * What this snapshot sees that the snapshot `$1` did not, `$2` rows at most, and this snapshot, in at least one row. A
 * row from beyond both snapshots comes from another server, whose dump was restored.
 */
function lookText(entries: string): string {
  return `
    select now.snapshot, found.key, found.ttl_ms from (select pg_current_snapshot()::text as snapshot) as now
    left join lateral (
      select key, case when value is not null then ${TTL_MS} end as ttl_ms from ${entries}
      where changed >= pg_snapshot_xmin($1::pg_snapshot) and changed < pg_snapshot_xmax(pg_current_snapshot())
        and not pg_visible_in_snapshot(changed, $1::pg_snapshot) limit $2
    ) as found on true`;
}

/** Takes `$1` rows at most, and none that somebody has in hand. */
function sweepText(table: string, kept: string): string {
  return `
    delete from ${table} where ctid = any(array(
      select ctid from ${table} where expires < clock_timestamp() - interval '${kept}'
      order by expires limit $1 for update skip locked)) returning 1`;
}
