import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { DatabaseSessionService } from '@google/adk';
import { findPostgres } from '@sustain/drills';
import { systemRandom } from '@sustain/kernel';

/** Of the server that `services run` started; undefined where there is none. */
export const databaseUrl = process.env['DATABASE_URL'];

/** ADK's database service, not initialised, on a database of its own. */
export async function openDatabase(server = databaseUrl as string): Promise<{
  readonly service: DatabaseSessionService;
  readonly url: string;
  readonly dispose: () => Promise<void>;
}> {
  const name = `adk_${systemRandom.next().toString(36).slice(2)}`;
  const url = new URL(server);
  url.pathname = `/${name}`;
  const service = new DatabaseSessionService(url.href);
  const dispose = async () => {
    await closeDatabase(service);
    await ask(server, `drop database if exists ${name} with (force)`);
  };
  return { service, url: url.href, dispose };
}

/** ADK 2.0.0 has no way to close it. */
export async function closeDatabase(service: DatabaseSessionService): Promise<void> {
  const { orm } = service as unknown as { orm?: { close(force: boolean): Promise<void> } };
  await orm?.close(true);
}

/** Says something to the server beside ADK: the first column of what it answers, row by row. */
export async function ask(url: string, text: string): Promise<string[]> {
  const psql = join(dirname(findPostgres() ?? ''), 'psql');
  const { stdout } = await promisify(execFile)(psql, [url, '-Atc', text]);
  return stdout.split('\n').filter((line) => line !== '');
}
