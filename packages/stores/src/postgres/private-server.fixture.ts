import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findPostgres, freePort } from '@sustain/drills';
import { systemClock } from '@sustain/kernel';
import pg from 'pg';

const run = promisify(execFile);

export const PASSWORD = 'geheim-7f3a';

/**
 * A PostgreSQL of a test's own, with a password, to be killed, paused and restarted with other settings; else
 * `postgresServer` of drills will do. It ends with the process that started it.
 */
export class PrivateServer {
  readonly port: number;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  static async make(): Promise<PrivateServer> {
    const folder = mkdtempSync(join(tmpdir(), 'sustain-postgres-'));
    const server = new PrivateServer(await freePort(), folder);
    const password = join(folder, 'password');
    writeFileSync(password, PASSWORD);
    if (process.getuid?.() === 0) execFileSync('chown', ['-R', 'postgres:postgres', folder]);
    const args = ['-D', join(folder, 'data'), '-A', 'scram-sha-256', '-U', 'owner', '-E', 'UTF8'];
    const [program = '', ...prefix] = server.#command('initdb', ...args, '--no-sync', `--pwfile=${password}`);
    await run(program, prefix, { cwd: folder, env: { ...process.env, HOME: folder, LC_ALL: 'C' } });
    return server;
  }

  private constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  get url(): string {
    return this.urlOf(PASSWORD);
  }

  urlOf(password: string): string {
    return `postgres://owner:${password}@127.0.0.1:${this.port}/postgres`;
  }

  /** Resolves when it answers. */
  async start(...settings: readonly string[]): Promise<void> {
    const own = [`port=${this.port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings];
    const [program = '', ...args] = this.#command(
      'postgres',
      '-D',
      join(this.#folder, 'data'),
      ...own.flatMap((setting) => ['-c', setting]),
    );
    while (!(await this.#answers())) {
      // Right after a kill its memory may still be attached; then it ends at once.
      if (
        this.#process === undefined ||
        this.#process.exitCode !== null ||
        this.#process.signalCode !== null
      ) {
        this.#process = spawn(program, args, { cwd: this.#folder, stdio: 'ignore' });
        await once(this.#process, 'spawn');
      }
      await systemClock.sleep(20);
    }
  }

  /** SIGKILL to all of its processes at once, so that nothing is written that was not. */
  async kill(): Promise<void> {
    const ended = once(this.#process as ChildProcess, 'exit');
    this.signal('SIGKILL');
    await ended;
  }

  /** To all of its processes. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.#process?.pid as number;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    for (const process_ of [String(pid), ...children.split(' ')]) {
      if (process_ === '') continue;
      try {
        process.kill(Number(process_), signal);
      } catch (error) {
        // It has ended since.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  }

  async close(): Promise<void> {
    if (this.#process?.exitCode === null && this.#process.signalCode === null) await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 2000 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end();
    }
  }

  /** PostgreSQL refuses to run as root. */
  #command(name: string, ...args: readonly string[]): string[] {
    const owner = ['--reuid=postgres', '--regid=postgres', '--clear-groups'];
    return [
      'setpriv',
      ...(process.getuid?.() === 0 ? owner : []),
      '--pdeathsig=SIGKILL',
      '--',
      join(dirname(findPostgres() ?? ''), name),
      ...args,
    ];
  }
}
