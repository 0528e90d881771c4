import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { drillFaults } from '../drill-faults.ts';
import { findProgram, versionsIn } from '../processes/index.ts';
import { type ServerDefinition, ServerProcess, type ServerProcessOptions } from './server-process.ts';

const run = promisify(execFile);
const debianFolder = '/usr/lib/postgresql'; // Debian keeps the server out of PATH, one folder a version

export interface PostgresServerOptions extends ServerProcessOptions {
  /** Also the name of its folder. Default `postgres`. */
  readonly name?: string;
  /** More settings, as in postgresql.conf: `{ fsync: 'off' }`. By default what is committed is on disk. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Where PostgreSQL is: the newest of Debian's, else the first in PATH; undefined when it is not installed. */
export function findPostgres(): string | undefined {
  return findProgram(...versionsIn(debianFolder).map((v) => `${debianFolder}/${v}/bin/postgres`), 'postgres');
}

/**
 * A private PostgreSQL, whose only user `postgres` needs no password. Throws PROGRAM_MISSING when PostgreSQL is not
 * installed.
 */
export function postgresServer(options: PostgresServerOptions = {}): ServerProcess {
  const { name = 'postgres', settings = {}, ...rest } = options;
  const program = findPostgres();
  if (program === undefined) {
    throw drillFaults.PROGRAM_MISSING({ program: 'postgres', cure: 'apt-get install postgresql' });
  }
  const tool = (tool: string) => join(dirname(program), tool);
  const env = (dataPath: string) => ({ ...process.env, HOME: dataPath, LC_ALL: 'C' });
  const url = (port: number) => `postgres://postgres@127.0.0.1:${port}/postgres`;
  const definition: ServerDefinition = {
    name,
    prepare: async (dataPath) => {
      if (asOwner.length > 0) await run('chown', ['postgres:postgres', dataPath]);
      const initdb = [
        tool('initdb'),
        '-D',
        dataPath,
        '-A',
        'trust',
        '-U',
        'postgres',
        '-E',
        'UTF8',
        '--no-sync',
      ];
      const [command = '', ...args] = [...asOwner, ...initdb];
      await run(command, args, { cwd: dataPath, env: env(dataPath) });
    },
    command: (port, dataPath) => {
      const all = { port, listen_addresses: '127.0.0.1', unix_socket_directories: '', ...settings };
      const flags = Object.entries(all).flatMap(([setting, value]) => ['-c', `${setting}=${value}`]);
      return [...asOwner, program, '-D', dataPath, ...flags];
    },
    env,
    isReady: (port) =>
      run(tool('psql'), [url(port), '-Atc', 'select 1'], { env: env('/'), timeout: 2000 }).then(
        ({ stdout }) => stdout === '1\n',
        () => false, // it does not listen yet, or still recovers
      ),
    url,
    stopSignal: 'SIGINT', // stops at once; on SIGTERM it waits until every client has left
  };
  return new ServerProcess(definition, rest);
}

/** PostgreSQL refuses to run as root: then its folder becomes its own user's, and its commands start with this. */
const asOwner: readonly string[] =
  process.getuid?.() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--'] : [];
