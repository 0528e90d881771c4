import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { postgresStore } from '@sustain/stores/postgres';
import type { Scene } from '../../drill/index.ts';
import { TcpProxy } from '../../network/index.ts';
import { findPostgres, postgresServer, type ServerProcess } from '../../servers/index.ts';
import { Counting } from './counting.ts';
import { quick } from './redis-program.ts';

const run = promisify(execFile);

/** A program that counts in a PostgreSQL of its own, to which the way can be broken. */
export type OnPostgres = Counting & { readonly server: ServerProcess; readonly proxy: TcpProxy };

/** For machines that are busy: several times what is needed. */
export const POSTGRES_LIMITS = { detectMs: 3000, recoveryMs: 1000, restoreMs: 4000 };

export async function onPostgres(scene: Scene): Promise<OnPostgres> {
  const server = await startedPostgres(scene);
  const proxy = await TcpProxy.start({ upstream: server.url, random: scene.random.fork('proxy') });
  scene.defer(() => proxy.close());
  const options = { ...quick(scene), commandTimeoutMs: 300, connections: 2, url: proxy.through(server.url) };
  const program = await Counting.start({ open: (signals) => postgresStore({ ...options, signals }) });
  return Object.assign(program, { server, proxy });
}

export async function startedPostgres(
  scene: Scene,
  settings: Readonly<Record<string, string>> = {},
): Promise<ServerProcess> {
  const server = postgresServer({ settings });
  scene.defer(() => server.close());
  await server.start();
  return server;
}

/** Does it as somebody who looks after the server. */
export async function sql({ url }: ServerProcess, ...commands: readonly string[]): Promise<void> {
  const psql = join(dirname(findPostgres() as string), 'psql');
  const all = commands.flatMap((command) => ['-c', command]);
  await run(psql, [url, '-q', '-v', 'ON_ERROR_STOP=1', ...all], { env: { HOME: '/', LC_ALL: 'C' } });
}
