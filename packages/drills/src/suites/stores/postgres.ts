import { storeFaults } from '@sustain/stores';
import { drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { reset } from '../../network/index.ts';
import { sourceOf } from '../source-of.ts';
import { type OnPostgres, onPostgres, POSTGRES_LIMITS, sql } from './postgres-program.ts';

const serverFacts = sourceOf('packages/stores/src/postgres/server-facts.ts');

export const schemaTooNew = drill<OnPostgres>({
  name: 'postgres-schema-too-new',
  fault: storeFaults.SERVER_UNSUITABLE,
  kind: 'configuration',
  breaks: 'a newer program has upgraded the schema, and connections are made anew',
  recovers: 'the older program touches nothing that it does not understand, until somebody takes it back',
  notices: 'that the service is not set up correctly',
  subject: onPostgres,
  async inject({ server, proxy }, scene) {
    const undo = () => sql(server, 'delete from sustain.migrations where version = 2');
    scene.inject(startInjection({ what: 'a schema of version 2', undo }));
    await sql(server, 'insert into sustain.migrations (version) values (2)');
    await proxy.add(reset(), { connections: 'open' }).end();
  },
  limits: POSTGRES_LIMITS,
  sabotage: {
    file: serverFacts,
    replace: 'if (version <= SCHEMA_VERSION) return undefined;',
    by: 'return undefined;',
  },
});

export const fsyncOff = drill<OnPostgres>({
  name: 'postgres-fsync-off',
  fault: storeFaults.DURABILITY_NOT_GIVEN,
  kind: 'configuration',
  breaks: 'somebody sets fsync to off, to make the server faster, and connections are made anew',
  recovers: 'nothing more is acknowledged, until somebody sets it right',
  notices: 'that the service is not set up correctly',
  subject: onPostgres,
  async inject({ server, proxy }, scene) {
    const undo = () => sql(server, 'alter system reset fsync', 'select pg_reload_conf()');
    scene.inject(startInjection({ what: 'fsync = off', undo }));
    await sql(server, 'alter system set fsync = off', 'select pg_reload_conf()');
    await proxy.add(reset(), { connections: 'open' }).end();
  },
  limits: POSTGRES_LIMITS,
  sabotage: {
    file: serverFacts,
    replace: "if (fsync !== 'on') return",
    by: 'if (false) return',
  },
});
