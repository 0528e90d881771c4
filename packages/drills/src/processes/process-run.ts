import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { endTree, killTree, tellTree } from '../process-tree/index.ts';

const SHOWN_CHARACTERS = 2000;

export interface ProcessExit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One life of a process: from its start to its end. What is done to it is done to all that it has started. */
export class ProcessRun {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly #logPath: string;
  readonly #stopSignal: NodeJS.Signals;
  /** Resolves when it has ended, and all that it has said was heard. */
  readonly exited: Promise<ProcessExit>;
  /** How it has ended; undefined while it has not. */
  exit: ProcessExit | undefined;

  /** Of a process that has just been spawned. */
  constructor(child: ChildProcess, pid: number, logPath: string, stopSignal: NodeJS.Signals) {
    this.child = child;
    this.pid = pid;
    this.#logPath = logPath;
    this.#stopSignal = stopSignal;
    child.once('exit', (code, signal) => {
      this.exit = { code, signal };
    });
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /** SIGKILL. Resolves when it is gone. */
  async kill(): Promise<void> {
    await killTree(this.pid);
    await this.exited;
  }

  /** SIGSTOP: it keeps its memory, its files and its connections, and does nothing. */
  pause(): void {
    tellTree(this.pid, 'SIGSTOP');
    tellTree(this.pid, 'SIGSTOP'); // and what it had started in the meantime
  }

  resume(): void {
    tellTree(this.pid, 'SIGCONT');
  }

  /** Asks it to end; kills it when it has not after 5 s. Resolves when it is gone. */
  async stop(): Promise<void> {
    await endTree(this.pid, this.#stopSignal);
    await this.exited;
  }

  /** What its log ends with. */
  logEnd(): string {
    if (!existsSync(this.#logPath)) return '(its log has been removed)';
    return readFileSync(this.#logPath, 'utf8').slice(-SHOWN_CHARACTERS);
  }
}
