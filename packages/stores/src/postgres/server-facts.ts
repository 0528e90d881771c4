import type { Fault } from '@sustain/kernel';
import type { Durability } from '../contract.ts';
import { storeFaults } from '../store-faults.ts';
import { SCHEMA_VERSION } from './migrations.ts';

/** @internal What a connection says of its server, and of itself. */
export interface ServerFacts {
  /** As a number: 150018 is 15.18. */
  readonly version: number;
  readonly encoding: string;
  readonly isStandby: boolean;
  readonly fsync: string;
  readonly fullPageWrites: string;
  /** The process that answers, and the one that was introduced when it connected. */
  readonly processId: number;
  readonly introducedProcessId: number | undefined;
}

/** @internal The columns are the facts, in their order. */
export const FACTS = `select current_setting('server_version_num')::int, current_setting('server_encoding'),
  pg_is_in_recovery(), current_setting('fsync'), current_setting('full_page_writes'), pg_backend_pid()`;

/** @internal Why a store cannot work with such a server; undefined when it can. */
export function complaintAbout(store: string, durability: Durability, facts: ServerFacts): Fault | undefined {
  if (facts.version < OLDEST) {
    const server = `PostgreSQL ${Math.floor(facts.version / 10_000)}`;
    return storeFaults.SERVER_TOO_OLD({ store, server, needed: 'PostgreSQL 13' });
  }
  if (facts.isStandby) {
    const reason = 'it is read-only, as a standby is: give the address of the primary';
    return storeFaults.STORE_UNAVAILABLE({ store, reason });
  }
  const unsuitable = unsuitableIn(facts);
  if (unsuitable !== undefined) return storeFaults.SERVER_UNSUITABLE({ store, reason: unsuitable });
  const lost = lossIn(durability, facts);
  if (lost !== undefined) {
    return storeFaults.DURABILITY_NOT_GIVEN({ store, wanted: durability, reason: lost });
  }
  return undefined;
}

/** @internal Why a store cannot work with a schema of this version; undefined when it can, after migrations. */
export function complaintAboutSchema(store: string, schema: string, version: number): Fault | undefined {
  if (version <= SCHEMA_VERSION) return undefined;
  const reason = `its schema "${schema}" is of version ${version}, and this program knows those up to ${SCHEMA_VERSION}: upgrade the program, or give it another schema`;
  return storeFaults.SERVER_UNSUITABLE({ store, reason });
}

/** 13 is the first with `xid8` and `pg_snapshot`, which watches go by. */
const OLDEST = 130_000;

function unsuitableIn({ encoding, processId, introducedProcessId }: ServerFacts): string | undefined {
  if (encoding !== 'UTF8') {
    return `the database is in ${encoding}, which has not all characters: create one with ENCODING 'UTF8'`;
  }
  if (processId !== introducedProcessId) {
    return 'between is a pooler like PgBouncer, which gives each statement another session, without its settings and prepared statements: give the address of the server itself, the store pools its own connections';
  }
  return undefined;
}

/** That no session waits for the log is put right in each, and is no fact. */
function lossIn(durability: Durability, { fsync, fullPageWrites }: ServerFacts): string | undefined {
  if (durability !== 'power-loss') return undefined;
  if (fsync !== 'on') return `it runs with fsync = ${fsync}: set fsync = on, or ask for 'process-death'`;
  if (fullPageWrites !== 'on') {
    return `it runs with full_page_writes = ${fullPageWrites}, so that a torn page is not repaired: set it on, or ask for 'process-death'`;
  }
  return undefined;
}
