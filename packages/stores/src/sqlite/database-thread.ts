import { Worker } from 'node:worker_threads';
import { type Clock, currentOperation, type Operation, systemClock } from '@sustain/kernel';
import { storeFaults } from '../store-faults.ts';
import {
  type Answers,
  type Batch,
  CLOSE,
  type DatabaseSettings,
  type Failure,
  type FromDatabase,
  type Request,
} from './messages.ts';
import { packRequests, unpackAnswer } from './packing.ts';
import { requestFault } from './sqlite-faults.ts';

export interface DatabaseThreadOptions {
  readonly store: string;
  readonly settings: DatabaseSettings;
  readonly maxInFlight: number;
  readonly clock: Clock;
  /** The file was opened, at first or anew. */
  opened(): void;
}

/**
 * @internal The thread in which the database is, started when it is needed. What is asked in one turn of the event loop
 * goes over in one batch; behind another one it is half of what is under way, and the rest goes with the next. Every request
 * is answered or rejects, also when the thread dies: the next request starts another one. It holds the process open only
 * while something is under way.
 */
export class DatabaseThread {
  readonly #options: DatabaseThreadOptions;
  #waiting: Pending[] = [];
  readonly #sent: Pending[][] = [];
  #worker: Worker | undefined;
  #isUp = false;
  #inFlight = 0;
  /** How many were under way when the last answers came. */
  #lately = 0;
  #isGathering = false;
  #idle: (() => void) | undefined;
  #exited: (() => void) | undefined;
  #isClosed = false;

  constructor(options: DatabaseThreadOptions) {
    this.#options = options;
  }

  /** Rejects with a fault of the store, or with the reason of the signal. */
  request<Kind extends Request['kind']>(
    request: Extract<Request, { kind: Kind }>,
    signal?: AbortSignal,
  ): Promise<Answers[Kind]> {
    return new Promise<unknown>((resolve, reject) => {
      const { store, maxInFlight } = this.#options;
      if (this.#isClosed) throw storeFaults.STORE_CLOSED({ store });
      signal?.throwIfAborted();
      if (this.#inFlight >= maxInFlight) {
        const reason = `${maxInFlight} requests are under way already: wait for some, or raise maxInFlight`;
        throw storeFaults.STORE_UNAVAILABLE({ store, reason });
      }
      const operation = currentOperation();
      const pending: Pending = { request, operation, resolve, reject, signal, aborted: undefined };
      if (signal !== undefined) this.#listen(pending, signal);
      this.#began();
      this.#waiting.push(pending);
      this.#gather();
    }) as Promise<Answers[Kind]>;
  }

  /** Waits for what is under way. Called once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    const worker = this.#worker;
    if (worker === undefined) return;
    worker.ref();
    const exited = new Promise<void>((resolve) => (this.#exited = resolve));
    worker.postMessage(CLOSE);
    await exited;
  }

  /** @internal For tests: what a crash of the thread does. */
  async kill(): Promise<void> {
    await this.#worker?.terminate();
  }

  #listen(pending: Pending, signal: AbortSignal): void {
    pending.aborted = () => {
      pending.reject(signal.reason);
      const at = this.#waiting.indexOf(pending);
      if (at < 0) return;
      this.#waiting.splice(at, 1);
      this.#ended([pending]);
    };
    signal.addEventListener('abort', pending.aborted, { once: true });
  }

  /**
   * After all that this turn of the event loop will ask, as promises go before ticks. A thread with nothing to do gets
   * half of what was under way lately, and begins with it while the rest is still being asked.
   */
  #gather(): void {
    const isHalf = this.#lately > 1 && this.#waiting.length >= this.#lately / 2;
    if (isHalf && this.#sent.length === 0) this.#send();
    if (this.#isGathering || this.#waiting.length === 0) return;
    this.#isGathering = true;
    process.nextTick(() => {
      this.#isGathering = false;
      this.#send();
    });
  }

  #send(): void {
    while (this.#sent.length < MOST_BATCHES && this.#waiting.length > 0) {
      const batch = this.#nextBatch();
      const { clock } = this.#options;
      const message: Batch = {
        requests: packRequests(batch.map(({ request }) => request)),
        wallMs: clock === systemClock ? null : clock.wallMs(),
      };
      try {
        this.#worker ??= this.#start();
        this.#worker.postMessage(message);
        this.#sent.push(batch);
      } catch (error) {
        this.#fail(batch, { failure: 'unavailable', reason: `its thread cannot be used: ${error}` });
      }
    }
  }

  /** Behind another one it is half of what is under way, so that neither the thread nor who asks waits for the other. */
  #nextBatch(): Pending[] {
    const most =
      this.#sent.length === 0 ? MOST_REQUESTS : Math.min(MOST_REQUESTS, Math.ceil(this.#inFlight / 2));
    let characters = 0;
    let count = 0;
    for (const { request } of this.#waiting) {
      characters += request.kind === 'write' ? (request.write.text?.length ?? 0) : 0;
      if (count === most || (count > 0 && characters > MOST_CHARACTERS)) break;
      count++;
    }
    if (count === this.#waiting.length) {
      const all = this.#waiting;
      this.#waiting = [];
      return all;
    }
    return this.#waiting.splice(0, count);
  }

  #start(): Worker {
    const worker = new Worker(MODULE, { name: 'sqlite', workerData: this.#options.settings, execArgv: [] });
    let thrown: unknown;
    worker.on('message', (message: FromDatabase) => this.#hear(message));
    worker.on('messageerror', (error) => {
      thrown = error;
      void worker.terminate();
    });
    worker.on('error', (error) => {
      thrown = error;
    });
    worker.once('exit', (exitCode) => {
      this.#exit(thrown === undefined ? `it exited with ${exitCode}` : String(thrown));
    });
    return worker;
  }

  #hear(message: FromDatabase): void {
    if (message.kind === 'up') this.#isUp = true;
    else if (message.kind === 'opened') this.#options.opened();
    else {
      const batch = this.#sent.shift() as Pending[];
      this.#lately = this.#inFlight;
      this.#ended(batch);
      for (const [at, pending] of batch.entries()) {
        this.#settle(pending, unpackAnswer(message.answers[at]));
      }
      // While the thread has something to do, what is asked now goes with what waits.
      if (this.#sent.length === 0) this.#send();
      else queueMicrotask(() => this.#gather());
    }
  }

  #exit(reason: string): void {
    const failure = this.#isUp ? 'unknown' : 'unavailable';
    this.#worker = undefined;
    this.#isUp = false;
    for (const batch of this.#sent.splice(0)) {
      this.#fail(batch, { failure, reason: `its thread has died: ${reason}` });
    }
    this.#exited?.();
    this.#send();
  }

  #fail(batch: readonly Pending[], failure: Failure): void {
    this.#ended(batch);
    for (const pending of batch) this.#settle(pending, failure);
  }

  #settle({ request, operation, resolve, reject }: Pending, answer: unknown): void {
    const { store, settings } = this.#options;
    if (isFailure(answer)) {
      const asked = { store, path: settings.path, operationId: operation?.id };
      reject(requestFault(answer, request, asked));
    } else resolve(answer);
  }

  #began(): void {
    if (this.#inFlight++ === 0) this.#worker?.ref();
  }

  #ended(batch: readonly Pending[]): void {
    for (const { signal, aborted } of batch) {
      if (aborted !== undefined) signal?.removeEventListener('abort', aborted);
    }
    this.#inFlight -= batch.length;
    if (this.#inFlight > 0) return;
    this.#worker?.unref();
    this.#idle?.();
  }
}

interface Pending {
  readonly request: Request;
  /** Who asked: answers are heard in the operation in which the thread was started. */
  readonly operation: Operation | undefined;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (reason: unknown) => void;
  readonly signal: AbortSignal | undefined;
  aborted: (() => void) | undefined;
}

function isFailure(answer: unknown): answer is Failure {
  return typeof answer === 'object' && answer !== null && 'failure' in answer;
}

/** Built, it ends as this module does. */
const MODULE = new URL(`./database-worker${import.meta.url.slice(-3)}`, import.meta.url);
/** One that is worked on, and one that is there when it is done. */
const MOST_BATCHES = 2;
/** So that no transaction, and no copying of a message, takes long. */
const MOST_REQUESTS = 512;
const MOST_CHARACTERS = 4_194_304;
