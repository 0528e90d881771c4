import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { endProcess, RunFolder } from '@sustain/drills';
import { systemClock, type Timer } from '@sustain/kernel';

import { endSignals } from './hold-signals.ts';
import { canInstall, explainMissing, installMissing, missingOf } from './install.ts';

import type { Environment, Service } from './service.ts';

const parentWatchMs = 500;

/**
 * Runs a command with private instances of the services, to which its environment leads, and answers the
 * command's exit code. What is missing is installed where that is possible; elsewhere the command runs without it,
 * or, when CI is set, not at all. SIGINT, SIGTERM, SIGHUP and the death of the parent process end the command first
 * and the services after it.
 */
export async function runWith(services: readonly Service[], command: readonly string[]): Promise<number> {
  const interruption = new Interruption();
  try {
    if (canInstall()) {
      try {
        await installMissing(services);
      } catch (error) {
        if (process.env['CI']) throw error;
        console.error(String(error));
      }
    }
    const missing = missingOf(services);
    if (missing.length > 0) {
      console.error(explainMissing(missing));
      if (process.env['CI']) throw new Error('because CI is set, nothing may be missing');
      console.error('tests that need one of these are skipped');
    }
    return await runInFolder(services, command, interruption);
  } finally {
    interruption.forget();
  }
}

async function runInFolder(
  services: readonly Service[],
  command: readonly string[],
  interruption: Interruption,
): Promise<number> {
  const folder = new RunFolder();
  try {
    const environment = await startAll(services, folder);
    if (interruption.signal !== undefined) return exitCodeOf(interruption.signal);
    const [program = '', ...args] = command;
    const child = spawn(program, args, { env: { ...process.env, ...environment }, stdio: 'inherit' });
    folder.guard(child, 'SIGTERM');
    interruption.endsFirst(child);
    const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
    const killedBy = interruption.signal ?? signal;
    return killedBy === null ? (code ?? 1) : exitCodeOf(killedBy);
  } finally {
    await folder.close();
  }
}

/** All or none, and nothing is still starting when this returns. */
async function startAll(services: readonly Service[], folder: RunFolder): Promise<Environment> {
  const starts = services.map(async (service) => {
    const program = service.locate();
    return program === undefined ? {} : service.start(program, folder);
  });
  const results = await Promise.allSettled(starts);
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return Object.assign({}, ...(await Promise.all(starts)));
}

/** Remembers the first thing that asks this process to end, so that everything else can end before it. */
class Interruption {
  signal: NodeJS.Signals | undefined;
  #child: ChildProcess | undefined;
  readonly #parent = process.ppid;
  #watch: Timer | undefined;
  readonly #interrupt = (signal: NodeJS.Signals): void => {
    this.signal ??= signal;
    this.#tell();
  };

  constructor() {
    for (const signal of endSignals) process.on(signal, this.#interrupt);
    this.#watchParent();
  }

  endsFirst(child: ChildProcess): void {
    this.#child = child;
    this.#tell();
  }

  forget(): void {
    for (const signal of endSignals) process.off(signal, this.#interrupt);
    this.#watch?.cancel();
  }

  /** Nobody is told when a parent is killed: it is to be seen only by the child having another one. */
  #watchParent(): void {
    this.#watch = systemClock.schedule(parentWatchMs, () => {
      if (process.ppid === this.#parent) this.#watchParent();
      else this.#interrupt('SIGHUP');
    });
  }

  #tell(): void {
    if (this.signal === undefined || this.#child?.pid === undefined) return;
    void endProcess(this.#child.pid, this.signal);
  }
}

function exitCodeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
