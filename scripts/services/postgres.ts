import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram, versionsIn } from './find-program.ts';
import { onFreePort } from './free-port.ts';
import type { Service } from './service.ts';

const run = promisify(execFile);
const debianFolder = '/usr/lib/postgresql'; // Debian keeps the server out of PATH, one folder a version

export const postgres: Service = {
  name: 'postgres',
  about: 'state for many machines, in SQL',
  debianPackages: ['postgresql'],
  elsewhere: 'brew install postgresql@17, and its bin folder in PATH',
  locate: () =>
    findProgram(...versionsIn(debianFolder).map((v) => `${debianFolder}/${v}/bin/postgres`), 'postgres'),

  async start(program, folder) {
    const data = folder.folder('postgres');
    const asOwner = await giveToUnprivileged(data);
    const env = { ...process.env, HOME: data, LC_ALL: 'C' };
    const tool = (name: string, ...args: readonly string[]) => {
      const [command = '', ...rest] = [...asOwner, join(dirname(program), name), ...args];
      return run(command, rest, { cwd: data, env });
    };
    await tool('initdb', '-D', data, '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--no-sync');
    return onFreePort(async (port) => {
      const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
      const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
      await folder.serve({
        name: 'postgres',
        command: [...asOwner, program, '-D', data, ...settings.flatMap((setting) => ['-c', setting])],
        env,
        isReady: () =>
          tool('psql', url, '-Atc', 'select 1').then(
            (answer) => answer.stdout === '1\n',
            () => false,
          ),
        stopSignal: 'SIGINT', // stops at once; on SIGTERM it waits until every client has left
      });
      return { DATABASE_URL: url };
    });
  },
};

/** PostgreSQL refuses to run as root: then the folder becomes its own user's, and commands start with this prefix. */
async function giveToUnprivileged(folder: string): Promise<readonly string[]> {
  if (process.getuid?.() !== 0) return [];
  await run('chown', ['postgres:postgres', folder]);
  return ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', '--'];
}
