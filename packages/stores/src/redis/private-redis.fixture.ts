import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { freePort, type ProcessRun, RunFolder } from '@sustain/drills';

/**
 * A Redis server of a test's own, to be killed, paused and set up wrongly; else `redisServer` of drills will do. It keeps
 * its data in a temporary folder, and ends with the process that started it.
 */
export class PrivateRedis {
  readonly port: number;
  readonly #folder = new RunFolder();
  readonly #dataPath = this.#folder.folder('data');
  #settings: readonly string[];
  #run: ProcessRun | undefined;

  private constructor(port: number, settings: readonly string[]) {
    this.port = port;
    this.#settings = settings;
  }

  /** It does not run yet. `settings` as on the command line: `--appendonly yes`. */
  static async on(...settings: readonly string[]): Promise<PrivateRedis> {
    return new PrivateRedis(await freePort(), settings);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Resolves when it has loaded its data and answers. `settings`: from now on, instead of those it had. */
  async start(...settings: readonly string[]): Promise<void> {
    if (settings.length > 0) this.#settings = settings;
    const fixed = ['--port', `${this.port}`, '--bind', '127.0.0.1', '--dir', this.#dataPath, '--save', ''];
    const chosen = this.#settings.flatMap((setting) => setting.split(' '));
    const command = ['redis-server', ...fixed, ...chosen];
    this.#run = await this.#folder.launch({ name: 'redis', command, readsOutput: true });
    const output = this.#run.child.stdout as Readable;
    for await (const line of createInterface({ input: output })) {
      if (!line.includes('Ready to accept connections')) continue;
      output.resume();
      return;
    }
    throw new Error('the private redis-server did not start');
  }

  async kill(): Promise<void> {
    await this.#run?.kill();
    this.#run = undefined;
  }

  tell(signal: NodeJS.Signals): void {
    this.#run?.child.kill(signal);
  }

  async end(): Promise<void> {
    await this.kill();
    await this.#folder.close();
  }
}
