import { crc32 } from 'node:zlib';

/** @internal The version of the schema that this program works with. */
export const SCHEMA_VERSION = 1;

/**
 * @internal What brings a schema from each version to the next, the first from nothing to 1. A step that was released
 * is never changed; one is added. `schema` is a name that was checked.
 */
export function migrations(schema: string): readonly string[] {
  return [tables(schema) + writing(schema, lockSeed(schema)) + touching(schema, lockSeed(schema))];
}

/** @internal Where the locks of this schema are among all advisory locks of the database. */
export function lockSeed(schema: string): number {
  return crc32(`sustain/${schema}`);
}

/**
 * `value` is null of what was deleted: the row stays for a while, so that those who watch find it. `changed` is the
 * transaction that wrote it last, by which they find it: which transactions another one sees is known exactly, while the
 * order of revisions is not that in which they are committed. As every write changes an indexed column, none is HOT, and
 * the tables are vacuumed earlier than by default.
 */
function tables(schema: string): string {
  return `
    create sequence "${schema}".revisions as bigint maxvalue ${Number.MAX_SAFE_INTEGER};
    create table "${schema}".entries (
      key text collate "C" primary key,
      value text,
      revision bigint not null,
      expires timestamptz,
      changed xid8 not null
    ) with (autovacuum_vacuum_scale_factor = 0.05);
    create index entries_changed on "${schema}".entries (changed);
    create index entries_expires on "${schema}".entries (expires) where expires is not null;
    create table "${schema}".operations (
      id text collate "C" primary key,
      revision bigint not null,
      expires timestamptz not null
    ) with (autovacuum_vacuum_scale_factor = 0.05);
    create index operations_expires on "${schema}".operations (expires);`;
}

/**
 * A write, in the transaction of its one statement. First it takes locks: of the key and the operation for itself, of
 * the guard together with others. They are held until it is committed, and it goes on only when whoever had them before
 * is committed; each statement below sees all that was committed before it began. So
 *
 * - a revision is drawn when nobody else can write the key: all its earlier ones were drawn, and seen, before. Without
 *   the lock an insert could draw a number, wait, and use it after others had created, changed and deleted the key.
 * - what is compared, the guard, and what is known of the operation, are still so when it is committed: who takes over a
 *   lease waits for the guarded writes that are under way, and they are refused after it.
 *
 * Locks are taken in the order of their numbers, so that no two writes wait for each other. They are advisory, as there
 * may be no row to lock yet, and because a row lock is written to the log. Keys that share a number wait for each other
 * needlessly, which is all. The revision of an operation that found nothing to delete is 0.
 */
function writing(schema: string, seed: number): string {
  return `
    create function "${schema}".write(
      a_key text, a_value text, a_expected bigint, a_ttl_ms bigint, a_operation text, a_operation_ttl_ms bigint,
      a_guard text, a_guard_revision bigint, out outcome text, out at_revision bigint, out stored text
    ) language plpgsql as $$
    declare
      lock_number bigint;
      for_itself boolean;
      at_time timestamptz;
      dies timestamptz;
    begin
      if a_operation is null and a_guard is null then
        perform pg_advisory_xact_lock(hashtextextended(a_key, ${seed}));
      else
        for lock_number, for_itself in
          select number, bool_or(own) from (values
            (hashtextextended(a_key, ${seed}), true),
            (hashtextextended(a_operation, -${seed}), true),
            (hashtextextended(a_guard, ${seed}), false)
          ) as locks (number, own) where number is not null group by number order by number
        loop
          if for_itself then
            perform pg_advisory_xact_lock(lock_number);
          else
            perform pg_advisory_xact_lock_shared(lock_number);
          end if;
        end loop;
      end if;
      at_time := clock_timestamp();

      if a_operation is not null then
        select o.revision into at_revision from "${schema}".operations o
          where o.id = a_operation and o.expires > at_time;
        if found then
          outcome := case at_revision when 0 then 'absent' else 'written' end;
          return;
        end if;
      end if;

      if a_guard is not null then
        perform from "${schema}".entries e where e.key = a_guard and e.revision = a_guard_revision
          and e.value is not null and (e.expires is null or e.expires > at_time);
        if not found then
          outcome := 'guard-lost';
          return;
        end if;
      end if;

      if a_expected is not null or a_value is null then
        select e.revision, e.value into at_revision, stored from "${schema}".entries e
          where e.key = a_key and e.value is not null and (e.expires is null or e.expires > at_time);
        if a_expected <> coalesce(at_revision, 0) then
          outcome := 'conflict';
          return;
        end if;
        stored := null;
      end if;

      if a_value is null and at_revision is null then
        outcome := 'absent';
        at_revision := 0;
      else
        outcome := 'written';
        at_revision := nextval('"${schema}".revisions');
        dies := case when a_value is null then at_time else at_time + a_ttl_ms * interval '1 millisecond' end;
        update "${schema}".entries
          set value = a_value, revision = at_revision, expires = dies, changed = pg_current_xact_id()
          where key = a_key;
        if not found then
          insert into "${schema}".entries (key, value, revision, expires, changed)
            values (a_key, a_value, at_revision, dies, pg_current_xact_id());
        end if;
      end if;

      if a_operation is not null then
        insert into "${schema}".operations (id, revision, expires)
          values (a_operation, at_revision, at_time + a_operation_ttl_ms * interval '1 millisecond')
          on conflict (id) do update set revision = excluded.revision, expires = excluded.expires;
      end if;
    end $$;`;
}

/**
 * A touch shares its lock with others and with guarded writes, as none of them minds when it comes, and excludes those
 * who write the key: they decide by whether it lives.
 */
function touching(schema: string, seed: number): string {
  return `
    create function "${schema}".touch(a_key text, a_revision bigint, a_ttl_ms bigint) returns boolean
    language plpgsql as $$
    begin
      perform pg_advisory_xact_lock_shared(hashtextextended(a_key, ${seed}));
      update "${schema}".entries set expires = clock_timestamp() + a_ttl_ms * interval '1 millisecond'
        where key = a_key and revision = a_revision and value is not null
          and (expires is null or expires > clock_timestamp());
      return found;
    end $$;`;
}
