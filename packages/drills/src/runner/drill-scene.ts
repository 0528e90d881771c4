import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOperation, type Random, runInOperation } from '@sustain/kernel';
import type { Attempted, Scene } from '../drill/index.ts';
import type { Injection } from '../injection/index.ts';
import type { Observer } from './observer.ts';

/** The scene of one drill, and what is to be cleaned up after it. */
export class DrillScene implements Scene {
  readonly random: Random;
  readonly signal: AbortSignal;
  readonly injections: Injection[] = [];
  readonly #observer: Observer;
  readonly #closings: (() => Promise<void> | void)[] = [];
  #isClosed = false;

  constructor(random: Random, signal: AbortSignal, observer: Observer) {
    this.random = random;
    this.signal = signal;
    this.#observer = observer;
  }

  folder(): string {
    this.#throwIfClosed();
    const path = mkdtempSync(join(tmpdir(), 'sustain-drill-'));
    this.defer(() => rmSync(path, { recursive: true, force: true }));
    return path;
  }

  begin(): void {
    this.#observer.begin();
  }

  inject<I extends Injection>(injection: I): I {
    if (this.#isClosed) injection.end().catch(() => undefined); // the watchdog tries again
    this.#throwIfClosed();
    this.injections.push(injection);
    return injection;
  }

  async attempt<T>(work: () => Promise<T> | T): Promise<Attempted<T>> {
    const operation = createOperation('attempt', this.random);
    try {
      return { ok: true, value: await runInOperation(operation, async () => work()) };
    } catch (error) {
      this.signal.throwIfAborted();
      this.#observer.met(error, operation.id);
      return { ok: false, error };
    }
  }

  defer(close: () => Promise<void> | void): void {
    if (this.#isClosed) void close();
    else this.#closings.push(close);
  }

  /** Ends what is still broken. All are tried; answers what went wrong. */
  async mend(): Promise<unknown[]> {
    const ended = await Promise.allSettled(this.injections.map((injection) => injection.end()));
    return ended.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  }

  /** Closes what was deferred, the last first. All are tried; answers what went wrong. */
  async close(): Promise<unknown[]> {
    this.#isClosed = true;
    const errors: unknown[] = [];
    for (const close of this.#closings.splice(0).reverse()) {
      try {
        await close();
      } catch (error) {
        errors.push(error);
      }
    }
    return errors;
  }

  /** What was given up, and comes all the same, comes to nothing. */
  #throwIfClosed(): void {
    if (this.#isClosed) this.signal.throwIfAborted();
  }
}
