import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** A Redis server of a test's own, to be killed, paused and set up wrongly. It keeps its data in a temporary folder. */
export class PrivateRedis {
  readonly port: number;
  readonly #folder: string;
  #settings: readonly string[];
  #process: ChildProcessByStdio<null, Readable, null> | undefined;

  private constructor(port: number, folder: string, settings: readonly string[]) {
    this.port = port;
    this.#folder = folder;
    this.#settings = settings;
  }

  /** It does not run yet. `settings` as on the command line: `--appendonly yes`. */
  static async on(...settings: readonly string[]): Promise<PrivateRedis> {
    const folder = await mkdtemp(join(tmpdir(), 'sustain-redis-'));
    return new PrivateRedis(await freePort(), folder, settings);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Resolves when it has loaded its data and answers. `settings`: from now on, instead of those it had. */
  async start(...settings: readonly string[]): Promise<void> {
    if (settings.length > 0) this.#settings = settings;
    const fixed = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''];
    const chosen = this.#settings.flatMap((setting) => setting.split(' '));
    const started = spawn('redis-server', [...fixed, ...chosen], { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#process = started;
    for await (const line of createInterface({ input: started.stdout })) {
      if (!line.includes('Ready to accept connections')) continue;
      started.stdout.resume();
      return;
    }
    throw new Error('the private redis-server did not start');
  }

  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  }

  tell(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  async end(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
