import { createOperation, currentOperation, untilAborted } from '@sustain/kernel';
import { checkOptions, WAIT } from '@sustain/kernel/options';
import type { ChangeBoard } from '../change-board.ts';
import type {
  AddedJob,
  AddOptions,
  CloseOptions,
  DeadJob,
  DeadLetterOptions,
  DeadLetterPage,
  Job,
  JobCounts,
  JobHandler,
  JobQueue,
  ProcessOptions,
  SignalOption,
} from '../contract.ts';
import { deadLetterCursor, deadLetterPlace } from '../dead-letter-page.ts';
import type { JobChannels } from '../job-channels.ts';
import { jobId, nonce } from '../job-id.ts';
import { jobJson, MAX_REASON } from '../job-json.ts';
import { type WatchSource, waitForJob, watchJob } from '../job-watch.ts';
import { jobsFaults } from '../jobs-faults.ts';
import { settleProcessOptions } from '../process-options.ts';
import { settleAddOptions } from '../queue-options.ts';
import { bullPriority, countsFrom, type JobEnvelope, jobFrom } from './job-reader.ts';
import { CANCEL, FORGIVE, READ, REMOVE } from './job-scripts.ts';
import type { QueueConnections } from './queue-connections.ts';
import type { QueueLink } from './queue-link.ts';

/** @internal A queue on Redis, which many processes may share. */
export class BullmqQueue implements JobQueue {
  readonly name: string;
  readonly #link: QueueLink;
  readonly #connections: QueueConnections;
  readonly #channels: JobChannels;
  readonly #changes: ChangeBoard;
  readonly #source: WatchSource;
  #isProcessing = false;
  #isClosed = false;
  #closing: Promise<void> | undefined;

  constructor(link: QueueLink, connections: QueueConnections, channels: JobChannels, changes: ChangeBoard) {
    this.name = link.options.name;
    this.#link = link;
    this.#connections = connections;
    this.#channels = channels;
    this.#changes = changes;
    this.#source = {
      queue: this.name,
      clock: link.options.clock,
      recheckMs: RECHECK_MS,
      read: (id) => this.#read(id),
      subscribe: (id, wake) => changes.subscribe(id, wake),
      throwIfClosed: () => {
        if (this.#isClosed) throw jobsFaults.QUEUE_CLOSED({ queue: this.name });
      },
    };
  }

  async add(data: unknown, options: AddOptions = {}): Promise<AddedJob> {
    this.#throwIfClosing();
    const { maxDataBytes, random } = this.#link.options;
    const { priority, delayMs } = settleAddOptions(options);
    const { idempotencyKey, signal } = options;
    const kept: unknown = JSON.parse(jobJson(this.name, 'data', data, maxDataBytes));
    const id = jobId(idempotencyKey, random);
    const operation = options.operation ?? currentOperation() ?? createOperation(this.name, random);
    const { id: operationId, name, parentId } = operation;
    const addedBy = nonce(random);
    const envelope: JobEnvelope = { data: kept, operation: { id: operationId, name, parentId }, addedBy };
    await this.#link.run({ writes: id }, () => this.#add(id, envelope, priority, delayMs), signal);
    if (
      this.#channels.added.heard &&
      (idempotencyKey === undefined || (await this.#isAddedBy(id, addedBy)))
    ) {
      this.#channels.added.emit({ id, priority, delayMs }, { source: this.name, operationId });
    }
    return { id };
  }

  async process(handler: JobHandler<never>, options: ProcessOptions = {}): Promise<void> {
    this.#throwIfClosing();
    checkOptions('processing', { handler: [handler ?? null, 'function'] });
    const settled = settleProcessOptions(options);
    if (this.#isProcessing) throw jobsFaults.ALREADY_PROCESSING({ queue: this.name });
    this.#isProcessing = true;
    try {
      await this.#connections.work(handler, settled);
    } catch (error) {
      this.#isProcessing = false;
      throw error;
    }
  }

  async get(id: string, { signal }: SignalOption = {}): Promise<Job | undefined> {
    this.#throwIfClosing();
    return this.#read(id, signal);
  }

  async cancel(id: string, reason = 'not told'): Promise<boolean> {
    this.#throwIfClosing();
    const { keepMs, keepCount } = this.#link.options;
    const shown = String(reason).slice(0, MAX_REASON);
    const before = this.#channels.cancelled.heard ? await this.#read(id) : undefined;
    const args = [id, shown, this.#link.nowWallMs, keepMs, keepCount];
    const outcome = await this.#link.script({ writes: id }, CANCEL, args);
    if (outcome === 'cancelled' && before !== undefined && before.state !== 'cancelled') {
      const { operationId } = before;
      this.#channels.cancelled.emit({ id, reason: shown }, { source: this.name, operationId });
    }
    return outcome === 'cancelled' || outcome === 'running';
  }

  async *watch(id: string, { signal }: SignalOption = {}): AsyncGenerator<Job, void, undefined> {
    signal?.throwIfAborted();
    this.#source.throwIfClosed();
    await untilAborted(this.#connections.hear(), signal);
    yield* watchJob(this.#source, id, signal);
  }

  async wait(id: string, { signal }: SignalOption = {}): Promise<never> {
    signal?.throwIfAborted();
    this.#source.throwIfClosed();
    await untilAborted(this.#connections.hear(), signal);
    return (await waitForJob(this.#source, id, signal)) as never;
  }

  async deadLetters(options: DeadLetterOptions = {}): Promise<DeadLetterPage> {
    this.#throwIfClosing();
    const { endedWallMs, id: after, limit } = deadLetterPlace(options);
    const { keys } = this.#link;
    const range = ['ZRANGEBYSCORE', `${keys}failed`, `${endedWallMs}`, '+inf', 'WITHSCORES', 'LIMIT'];
    const places: [endedWallMs: number, id: string][] = [];
    for (let offset = 0; places.length < limit; offset += limit) {
      const found = (await this.#link.send(
        'read',
        [...range, `${offset}`, `${limit}`],
        options.signal,
      )) as string[];
      for (let at = 0; at < found.length; at += 2) {
        const [id, score] = [found[at] as string, Number(found[at + 1])];
        if (score > endedWallMs || id > after) places.push([score, id]);
      }
      if (found.length < 2 * limit) break;
    }
    const page = places.slice(0, limit);
    const read = await Promise.all(page.map(([, id]) => this.#read(id, options.signal)));
    const last = page.length < limit ? undefined : page.at(-1);
    return {
      jobs: read.filter((job): job is DeadJob => job?.state === 'dead'),
      next: last && deadLetterCursor(...last),
    };
  }

  async retryDead(id: string): Promise<boolean> {
    this.#throwIfClosing();
    const kind = { writes: id };
    if ((await this.#link.script(kind, FORGIVE, [id])) !== 1) return false;
    return this.#link
      .run(kind, async () => {
        const job = await this.#link.bull.getJob(id);
        const reset = { resetAttemptsMade: true, resetAttemptsStarted: true };
        await job?.retry('failed', reset);
        return job !== undefined;
      })
      .catch((error: unknown) => {
        // Somebody else was faster.
        if (GONE.has((error as { code?: unknown }).code)) return false;
        throw error;
      });
  }

  async remove(id: string): Promise<boolean> {
    this.#throwIfClosing();
    return (await this.#link.script({ writes: id }, REMOVE, [id])) === 1;
  }

  async counts(): Promise<JobCounts> {
    this.#throwIfClosing();
    const { bull, keys } = this.#link;
    const [counts, cancelled] = await Promise.all([
      this.#link.run('read', () => bull.getJobCounts()),
      this.#link.send('read', ['ZCARD', `${keys}sustain:cancelled`]),
    ]);
    return countsFrom(counts, cancelled as number);
  }

  async pause(): Promise<void> {
    this.#throwIfClosing();
    await this.#link.run({ writes: 'pause' }, () => this.#link.bull.pause());
  }

  async resume(): Promise<void> {
    this.#throwIfClosing();
    await this.#link.run({ writes: 'resume' }, () => this.#link.bull.resume());
  }

  async close({ graceMs = 0 }: CloseOptions = {}): Promise<void> {
    checkOptions('close', { graceMs: [graceMs, WAIT] });
    this.#closing ??= this.#close(graceMs);
    return this.#closing;
  }

  async #close(graceMs: number): Promise<void> {
    await this.#connections.rest(graceMs);
    this.#isClosed = true;
    this.#changes.allChanged();
    await this.#connections.close();
  }

  async #add(id: string, envelope: JobEnvelope, priority: number, delayMs: number): Promise<void> {
    const { keepMs, keepCount, keepDeadMs, keepDeadCount } = this.#link.options;
    await this.#link.bull.add(this.name, envelope, {
      jobId: id,
      priority: bullPriority(priority),
      delay: Math.ceil(delayMs),
      timestamp: this.#link.nowWallMs,
      // Whether there is another one is decided by who runs the job.
      attempts: Number.MAX_SAFE_INTEGER,
      backoff: { type: 'sustain' },
      stackTraceLimit: 1,
      removeOnComplete: { age: Math.ceil(keepMs / 1000), count: keepCount },
      removeOnFail: { age: Math.ceil(keepDeadMs / 1000), count: keepDeadCount },
    });
  }

  /** For a signal only: where it cannot be told, the job was added all the same. */
  async #isAddedBy(id: string, addedBy: string): Promise<boolean> {
    const command = ['HGET', this.#link.keys + id, 'data'];
    const data = await this.#link.send('read', command).catch(() => undefined);
    return typeof data === 'string' && (JSON.parse(data) as JobEnvelope).addedBy === addedBy;
  }

  async #read(id: string, signal?: AbortSignal): Promise<Job | undefined> {
    const answer = await this.#link.script('read', READ, [id], signal);
    return answer === null ? undefined : jobFrom(id, answer as (string | null)[]);
  }

  #throwIfClosing(): void {
    if (this.#closing !== undefined) throw jobsFaults.QUEUE_CLOSED({ queue: this.name });
  }
}

/** What has happened is told by Redis; this is for what it tells to a connection that is broken. */
const RECHECK_MS = 5000;
/** What BullMQ says of a job that does not exist, or is not in that state. */
const GONE: ReadonlySet<unknown> = new Set([-1, -3]);
