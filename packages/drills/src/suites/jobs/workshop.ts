import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JobQueue, JobRun } from '@sustain/jobs';
import { constant, defineSignal, Signals, type SignalType } from '@sustain/kernel';
import type { DrillSubject, Scene, Useful } from '../../drill/index.ts';

/** What is to be done: a text is read from a file, and shouted. */
export interface Order {
  readonly path: string;
  /** It does not end by itself, unless it was begun before. */
  readonly isLong?: boolean;
}

export type Orders = JobQueue<Order, string>;

export interface WorkshopOptions {
  /** Opens the queue, at the start and after each restart. */
  readonly open: (signals: Signals) => Promise<Orders>;
  /** Default 2. */
  readonly maxAttempts?: number;
  /** Whether many may have it open, so that the next one is there before the last one ends. Default false. */
  readonly isShared?: boolean;
  /** Closes what the queue stands on. */
  readonly close?: () => Promise<void>;
}

export interface Restart {
  readonly before?: () => void;
  readonly meanwhile?: () => Promise<void> | void;
}

/** What a handler was told to end with. */
export const handlerStopped: SignalType<{ readonly id: string; readonly error: unknown }> =
  defineSignal('workshop.handler-stopped');

/** A program that has jobs done, two at a time: one use is one job, and its result. */
export class Workshop implements DrillSubject {
  readonly drillable = true;
  readonly signals: Signals = new Signals();
  /** The file that every job reads. */
  readonly path: string;
  /** What the handlers of jobs were told to end with, by id. */
  readonly stopped = new Map<string, unknown>();
  readonly #options: WorkshopOptions;
  #queue: Orders | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #longBegan = Promise.withResolvers<string>();

  constructor(scene: Scene, options: WorkshopOptions) {
    this.path = join(scene.folder(), 'text');
    writeFileSync(this.path, 'hello');
    this.#options = options;
  }

  /** Opened when it is needed. Rejects as opening it does. */
  async queue(): Promise<Orders> {
    this.#queue ??= await this.#open();
    return this.#queue;
  }

  use(signal: AbortSignal): Promise<Useful> {
    return this.betweenUses<Useful>(async () => {
      const queue = await this.queue();
      const { id } = await queue.add({ path: this.path }, { signal });
      const result = await queue.wait(id, { signal });
      if (result !== 'HELLO') throw new Error(`expected HELLO, got ${result}`);
      return 'full';
    });
  }

  /** Works while nobody uses it. */
  betweenUses<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => undefined); // it is told to who asked for it
    return turn;
  }

  /** Resolves when the handler of a job that does not end by itself has begun. Answers its id. */
  async beginLong(): Promise<string> {
    const queue = await this.queue();
    this.#longBegan = Promise.withResolvers();
    await queue.add({ path: this.path, isLong: true });
    return this.#longBegan.promise;
  }

  /** Ends it, after `before`; the next use starts it anew, after `meanwhile`, unless the next one is there already. */
  restart({ before, meanwhile }: Restart = {}): Promise<void> {
    return this.betweenUses(async () => {
      const next = this.#options.isShared ? await this.#open() : undefined;
      before?.();
      await this.#queue?.close();
      this.#queue = next;
      await meanwhile?.();
    });
  }

  async close(): Promise<void> {
    await this.#queue?.close();
    await this.#options.close?.();
  }

  async #open(): Promise<Orders> {
    const { open, maxAttempts = 2 } = this.#options;
    const queue = await open(this.signals);
    await queue.process((job) => this.#handle(job), {
      concurrency: 2,
      maxAttempts,
      backoff: constant(1),
      retryOn: () => true, // a file that is gone may come back
    });
    return queue;
  }

  async #handle({ id, data, signal, isResumed }: JobRun<Order>): Promise<string> {
    if (data.isLong && !isResumed) {
      const { promise: stopped, resolve } = Promise.withResolvers<void>();
      this.#longBegan.resolve(id);
      signal.addEventListener('abort', () => resolve(), { once: true });
      await stopped;
      this.stopped.set(id, signal.reason);
      this.signals.channel(handlerStopped).emit({ id, error: signal.reason }, { source: 'workshop' });
      signal.throwIfAborted();
    }
    return (await readFile(data.path, 'utf8')).toUpperCase();
  }
}
