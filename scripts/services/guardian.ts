import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Cleans up when this process cannot: a process of its own that, once this one is gone, ends the watched processes
 * and removes the folder. Not even `kill -9` of this process leaves orphans.
 */
export class Guardian {
  readonly #process: ChildProcess;

  constructor(folder: string) {
    const script = new URL('./guardian-main.ts', import.meta.url).pathname;
    this.#process = spawn(process.execPath, [script, folder], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
    });
  }

  /** `signal` is what the process is ended with. */
  watch(pid: number, signal: NodeJS.Signals): void {
    this.#process.stdin?.write(`watch ${pid} ${signal}\n`);
  }

  forget(pid: number): void {
    this.#process.stdin?.write(`forget ${pid}\n`);
  }

  /** Nothing is left to guard. */
  dismiss(): void {
    this.#process.stdin?.end();
  }
}
