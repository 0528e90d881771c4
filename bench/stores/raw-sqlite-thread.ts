import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export type Row = readonly [key: string, text: string];

/**
 * node:sqlite in a thread, as a program would use it that must not wait for its disk: what is written in one turn of the
 * event loop goes over in one message, and is one transaction. Nothing is checked, and nothing may fail.
 */
export class RawSqliteThread {
  readonly #worker: Worker;
  readonly #answers: ((revision: number) => void)[] = [];
  #rows: Row[] = [];

  constructor(path: string, kind: 'set' | 'cas') {
    this.#worker = new Worker(new URL('./raw-sqlite-worker.ts', import.meta.url), {
      workerData: { path, kind },
    });
    this.#worker.on('message', (revisions: readonly number[]) => {
      for (const revision of revisions) this.#answers.shift()?.(revision);
    });
  }

  write(key: string, text: string): Promise<number> {
    if (this.#rows.push([key, text]) === 1) process.nextTick(() => this.#send());
    return new Promise((resolve) => this.#answers.push(resolve));
  }

  async close(): Promise<void> {
    this.#worker.postMessage(null);
    await once(this.#worker, 'exit');
  }

  #send(): void {
    this.#worker.postMessage(this.#rows);
    this.#rows = [];
  }
}
