import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@sustain/kernel';
import { endProcess } from './end-process.ts';
import { Guardian } from './guardian.ts';

const readyTimeoutMs = 30_000;
/** A server that accepts the question and does not answer it is not ready. */
const questionMs = 3000;

export interface ServerCommand {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Asked every 20 ms until it answers true. */
  readonly isReady: () => Promise<boolean>;
  /** What the server ends well on. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
}

/** A temporary folder and the servers that live in it: all gone after `close`, or after this process dies. */
export class RunFolder {
  readonly path: string;
  readonly #guardian: Guardian;
  readonly #servers = new Map<number, NodeJS.Signals>();

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'sustain-services-'));
    chmodSync(this.path, 0o711); // PostgreSQL does not run as root; its user has to reach its own folder
    this.#guardian = new Guardian(this.path);
  }

  /** Makes a folder in this one, for this user only. */
  folder(name: string): string {
    const path = join(this.path, name);
    mkdirSync(path, { mode: 0o700 });
    return path;
  }

  /** Has a process ended when this one dies. It has just been started. */
  guard(child: ChildProcess, signal: NodeJS.Signals): void {
    const { pid } = child;
    if (pid === undefined) return; // it could not be started: its `error` event says why
    this.#guardian.watch(pid, signal);
    child.once('exit', () => this.#guardian.forget(pid));
  }

  /** Starts a server. Resolves when it is ready; rejects with its log when it ends first, or after 30 s. */
  async serve({ name, command, env, isReady, stopSignal = 'SIGTERM' }: ServerCommand): Promise<void> {
    const [program = '', ...args] = command;
    const logPath = join(this.path, `${name}.log`);
    const log = openSync(logPath, 'a');
    // In a session of its own: Ctrl-C is for the tests, which need their servers to finish.
    const child = spawn(program, args, {
      cwd: this.path,
      env: env ?? process.env,
      stdio: ['ignore', log, log],
      detached: true,
    });
    this.guard(child, stopSignal);
    await once(child, 'spawn');
    const pid = child.pid as number;
    this.#servers.set(pid, stopSignal);
    child.once('exit', () => this.#servers.delete(pid));

    const startMs = systemClock.monotonicMs();
    let ready = false;
    while (!ready) {
      ready = await Promise.race([
        isReady(),
        systemClock.sleep(questionMs, { keepAlive: false }).then(() => false),
      ]);
      const late = systemClock.monotonicMs() - startMs > readyTimeoutMs;
      if (late || !this.#servers.has(pid)) {
        if (late) await endProcess(pid, stopSignal);
        const how = late ? `is not ready after ${readyTimeoutMs / 1000} s` : 'ended at once';
        throw new Error(`${name} ${how}; its log ends with:\n${readFileSync(logPath, 'utf8').slice(-2000)}`);
      }
      await systemClock.sleep(20);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers].map(([pid, signal]) => endProcess(pid, signal)));
    rmSync(this.path, { recursive: true, force: true });
    this.#guardian.dismiss();
  }
}
