import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@sustain/kernel';
import { drillFaults } from '../drill-faults.ts';
import { watchdog } from '../injection/index.ts';
import { ProcessRun } from './process-run.ts';

const readyTimeoutMs = 30_000;
/** A server that accepts the question and does not answer it is not ready. */
const questionMs = 3000;
const askEveryMs = 20;

export interface LaunchOptions {
  /** Of its log. */
  readonly name: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  /** What it ends well on. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** Whether its stdout is read through `child.stdout`, rather than written to its log. Default false. */
  readonly readsOutput?: boolean;
}

export interface ServerCommand extends LaunchOptions {
  /** Asked every 20 ms until it answers true. */
  readonly isReady: () => Promise<boolean>;
}

/** A temporary folder and the processes that live in it: all gone after `close`, or after this process dies. */
export class RunFolder {
  readonly path: string;
  readonly #forget: () => void;
  readonly #runs = new Set<ProcessRun>();

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'sustain-services-'));
    chmodSync(this.path, 0o711); // PostgreSQL does not run as root; its user has to reach its own folder
    this.#forget = watchdog().guard([{ undo: 'remove', path: this.path }]);
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
    child.once('exit', watchdog().guard([{ undo: 'end', pid, signal }]));
  }

  /** Starts a process. Rejects when the system cannot: no such program, say. */
  async launch(options: LaunchOptions): Promise<ProcessRun> {
    const { name, command, env = process.env, stopSignal = 'SIGTERM', readsOutput = false } = options;
    const [program = '', ...args] = command;
    const logPath = join(this.path, `${name}.log`);
    const log = openSync(logPath, 'a');
    // In a session of its own: Ctrl-C is for the tests, which need their servers to finish.
    const child = spawn(program, args, {
      cwd: this.path,
      env,
      stdio: ['ignore', readsOutput ? 'pipe' : log, log],
      detached: true,
    });
    closeSync(log);
    this.guard(child, stopSignal);
    await once(child, 'spawn');
    const run = new ProcessRun(child, child.pid as number, logPath, stopSignal);
    this.#runs.add(run);
    child.once('exit', () => this.#runs.delete(run));
    return run;
  }

  /** Starts a server, and resolves when it is ready; rejects as `untilReady`. */
  async serve(server: ServerCommand): Promise<ProcessRun> {
    const run = await this.launch(server);
    await untilReady(run, server);
    return run;
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await Promise.all([...this.#runs].map((run) => run.stop()));
    rmSync(this.path, { recursive: true, force: true });
    this.#forget();
  }
}

/** Rejects with SERVER_NOT_READY when the server ends first, or is not ready after 30 s; then it is ended. */
export async function untilReady(run: ProcessRun, { name, isReady }: ServerCommand): Promise<void> {
  const startMs = systemClock.monotonicMs();
  for (;;) {
    const ready = await Promise.race([
      isReady(),
      systemClock.sleep(questionMs, { keepAlive: false }).then(() => false),
    ]);
    const late = systemClock.monotonicMs() - startMs > readyTimeoutMs;
    if (late || run.exit !== undefined) {
      if (late) await run.stop();
      const problem = late ? `is not ready after ${readyTimeoutMs / 1000} s` : 'ended at once';
      throw drillFaults.SERVER_NOT_READY({ server: name, problem, log: run.logEnd() });
    }
    if (ready) return;
    await systemClock.sleep(askEveryMs);
  }
}
