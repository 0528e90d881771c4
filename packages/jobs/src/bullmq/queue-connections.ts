import type { Timer } from '@sustain/kernel';
import type { Worker } from 'bullmq';
import type { ChangeBoard } from '../change-board.ts';
import type { JobHandler } from '../contract.ts';
import type { JobChannels } from '../job-channels.ts';
import { jobsFaults } from '../jobs-faults.ts';
import type { SettledProcessOptions } from '../process-options.ts';
import { BullmqWorker } from './bullmq-worker.ts';
import { JobEvents } from './job-events.ts';
import { CANCEL_REQUESTED } from './job-scripts.ts';
import { LateCancels } from './late-cancels.ts';
import type { QueueLink } from './queue-link.ts';
import { connectRedis, destroy, type RedisClient } from './redis-client.ts';

/** @internal The package, loaded. */
export type Bullmq = typeof import('bullmq');

/** @internal The connections of a queue beside that of its commands: each is made when it is needed. */
export class QueueConnections {
  readonly #link: QueueLink;
  readonly #bullmq: Bullmq;
  readonly #commands: RedisClient;
  readonly #channels: JobChannels;
  readonly #changes: ChangeBoard;
  readonly #clients: RedisClient[] = [];
  #events: JobEvents | undefined;
  #hearing: Promise<void> | undefined;
  #jobs: BullmqWorker | undefined;
  #lateCancels: LateCancels | undefined;
  #worker: Worker | undefined;
  #looking: Timer | undefined;
  #isClosed = false;

  constructor(
    link: QueueLink,
    bullmq: Bullmq,
    commands: RedisClient,
    channels: JobChannels,
    changes: ChangeBoard,
  ) {
    this.#link = link;
    this.#bullmq = bullmq;
    this.#commands = commands;
    this.#channels = channels;
    this.#changes = changes;
  }

  /** Resolves when all that happens from now on is heard. */
  hear(): Promise<void> {
    this.#hearing ??= this.#hear().catch((error: unknown) => {
      this.#hearing = undefined;
      throw error;
    });
    return this.#hearing;
  }

  /** Begins to run jobs. */
  async work(handler: JobHandler<never>, settled: SettledProcessOptions): Promise<void> {
    await this.hear();
    const { options } = this.#link;
    const { name, prefix, stalledAfterMs } = options;
    const client = await this.#connect(true);
    const jobs = new BullmqWorker(this.#link, handler, settled, this.#channels, this.#bullmq);
    const worker = new this.#bullmq.Worker(name, jobs.run, {
      connection: client as never,
      prefix,
      concurrency: settled.concurrency,
      lockDuration: stalledAfterMs,
      stalledInterval: Math.ceil(stalledAfterMs / 2),
      // How often is too often is decided by the attempts, whose count survives crashes.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      // How long it pauses after Redis was away; 15 s otherwise.
      runRetryDelay: 500,
      settings: { backoffStrategy: jobs.backoffMs },
      autorun: false,
    });
    jobs.listenTo(worker);
    this.#jobs = jobs;
    this.#lateCancels = new LateCancels(this.#link, this.#channels);
    this.#worker = worker;
    await worker.waitUntilReady();
    this.#throwIfClosed();
    worker.run().catch((error: unknown) => this.#disturbed('work at the queue', error));
    this.#lookLater();
  }

  /** Runs no more jobs: waits for those that run, then interrupts them, then lets them wait again. */
  async rest(graceMs: number): Promise<void> {
    const [jobs, worker] = [this.#jobs, this.#worker];
    if (jobs === undefined || worker === undefined) return;
    jobs.stop();
    await this.#within(graceMs + LAST_GRACE_MS, worker.pause(true));
    if (!(await this.#within(graceMs, jobs.untilIdle()))) {
      jobs.interruptAll();
      if (!(await this.#within(LAST_GRACE_MS, jobs.untilIdle()))) await jobs.abandon();
    }
    // It waits for ever where Redis goes away meanwhile.
    const isForced = jobs.size > 0;
    await this.#within(this.#link.options.commandTimeoutMs, worker.close(isForced));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#looking?.cancel();
    const ending = this.#events?.end();
    await this.#within(this.#link.options.commandTimeoutMs, this.#link.bull.close());
    for (const client of [...this.#clients, this.#commands]) destroy(client);
    await ending;
  }

  async #hear(): Promise<void> {
    const { keys, options } = this.#link;
    const client = await this.#connect(true);
    const events = new JobEvents({
      client,
      stream: `${keys}events`,
      clock: options.clock,
      onEvent: (event, id) => {
        if (event === CANCEL_REQUESTED) void this.#jobs?.look(id);
        this.#lateCancels?.heard(event, id);
        this.#changes.changed(id);
      },
      onGap: (error) => this.#disturbed('hear what happens', error),
    });
    this.#events = events;
    try {
      await this.#link.run('read', () => events.begin());
      this.#throwIfClosed();
    } catch (error) {
      void events.end();
      this.#clients.splice(this.#clients.indexOf(client), 1);
      destroy(client);
      this.#throwIfClosed();
      throw error;
    }
  }

  /** A request that was not heard is found all the same. */
  #lookLater(): void {
    if (this.#isClosed) return;
    const { clock } = this.#link.options;
    this.#looking = clock.schedule(
      LOOK_EVERY_MS,
      () => void this.#jobs?.lookAtAll().then(() => this.#lookLater()),
      { keepAlive: false },
    );
  }

  async #connect(queues: boolean): Promise<RedisClient> {
    const onError = (error: unknown) => this.#disturbed('stay connected', error);
    const client = await connectRedis(this.#link.options, { queues, onError });
    this.#clients.push(client);
    if (this.#isClosed) destroy(client);
    this.#throwIfClosed();
    return client;
  }

  /** What began before closing must not leave anything behind. */
  #throwIfClosed(): void {
    if (this.#isClosed) throw jobsFaults.QUEUE_CLOSED({ queue: this.#link.options.name });
  }

  /** Whether `work` has ended by then, however. */
  async #within(delayMs: number, work: Promise<unknown>): Promise<boolean> {
    const late = Promise.withResolvers<boolean>();
    const timer = this.#link.options.clock.schedule(delayMs, () => late.resolve(false));
    const ended = work.then(
      () => true,
      () => true,
    );
    const hasEnded = await Promise.race([ended, late.promise]);
    timer.cancel();
    return hasEnded;
  }

  #disturbed(doing: string, error: unknown): void {
    this.#channels.disturbed.emit({ doing, error }, { source: this.#link.options.name });
  }
}

/** How long handlers may take to hear that they are to end. */
const LAST_GRACE_MS = 5000;
const LOOK_EVERY_MS = 5000;
