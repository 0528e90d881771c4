import { type ChildProcess, spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Cleans up when this process cannot: a process of its own that, once this one is gone, ends the watched processes
 * and removes the folder. Not even `kill -9` of this process leaves orphans.
 */
export class Guardian {
  readonly #process: ChildProcess;

  constructor(folder: string) {
    const script = new URL(`./guardian-main${extname(import.meta.url)}`, import.meta.url);
    this.#process = spawn(process.execPath, [fileURLToPath(script), folder], {
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
