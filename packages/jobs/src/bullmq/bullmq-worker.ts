import { classify } from '@sustain/kernel';
import type { Job as BullJob, Worker } from 'bullmq';
import type { JobHandler } from '../contract.ts';
import { type AttemptOutcome, JobAttempt } from '../job-attempt.ts';
import type { JobChannels } from '../job-channels.ts';
import { jobsFaults } from '../jobs-faults.ts';
import { decideRetry, type SettledProcessOptions } from '../process-options.ts';
import { type AttemptEnd, RetryLater, recorded, tellEnd } from './attempt-end.ts';
import type { JobEnvelope } from './job-reader.ts';
import { END_RUNNING, FIELD } from './job-scripts.ts';
import type { QueueLink } from './queue-link.ts';
import type { BullErrors, Running } from './running-job.ts';

/** @internal Runs the jobs that BullMQ hands out. */
export class BullmqWorker {
  readonly #link: QueueLink;
  readonly #handler: JobHandler<never>;
  readonly #settled: SettledProcessOptions;
  readonly #channels: JobChannels;
  readonly #errors: BullErrors;
  readonly #running = new Map<string, Running>();
  /** How attempts have ended, until BullMQ has written it down. */
  readonly #ends = new WeakMap<BullJob, AttemptEnd>();
  #isClosing = false;

  constructor(
    link: QueueLink,
    handler: JobHandler<never>,
    settled: SettledProcessOptions,
    channels: JobChannels,
    errors: BullErrors,
  ) {
    this.#link = link;
    this.#handler = handler;
    this.#settled = settled;
    this.#channels = channels;
    this.#errors = errors;
  }

  /** Hears of `worker` what comes of the jobs. */
  listenTo(worker: Worker): void {
    const { name: source } = this.#link.options;
    worker.on('error', (error) =>
      this.#channels.disturbed.emit({ doing: 'work at the queue', error }, { source }),
    );
    // Another process may have them, or will: what is done with them here is dropped.
    worker.on('lockRenewalFailed', (ids) => {
      for (const id of ids) this.#running.get(id)?.attempt?.stop('lost');
    });
    worker.on('completed', (job) => this.#tell(job));
    worker.on('failed', (job) => job && this.#tell(job));
  }

  get size(): number {
    return this.#running.size;
  }

  /** Somebody may have cancelled this job. Never rejects. */
  async look(id: string): Promise<void> {
    const running = this.#running.get(id);
    if (running === undefined) return;
    try {
      const { keys } = this.#link;
      const reason = await this.#link.send('read', ['HGET', keys + id, FIELD.cancel]);
      if (typeof reason === 'string') this.#cancel(running, reason);
    } catch (error) {
      this.#disturbed(`look whether the job ${id} is cancelled`, error);
    }
  }

  async lookAtAll(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((id) => this.look(id)));
  }

  /** How long BullMQ is to wait before the next attempt. */
  readonly backoffMs = (_attempts: number, _type?: string, error?: Error): number =>
    error instanceof RetryLater ? error.delayMs : RETRY_AFTER_LOST_ANSWER_MS;

  /** What BullMQ calls for each job: `bull` is begun, and locked by `token`. Of two parameters, or it makes a signal. */
  readonly run = async (bull: BullJob, token?: string): Promise<unknown> => {
    const id = bull.id as string;
    const lock = token as string;
    // It was taken from us as we gave no sign of life, and has come back, while its handler still runs.
    for (let before = this.#running.get(id); before; before = this.#running.get(id)) await before.ended;
    const ended = Promise.withResolvers<void>();
    const running: Running = {
      id,
      lock,
      bull,
      ended: ended.promise,
      attempt: undefined,
      cancelReason: undefined,
    };
    this.#running.set(id, running);
    try {
      return await this.#attempt(running);
    } finally {
      this.#running.delete(id);
      ended.resolve();
    }
  };

  /** Lets nothing begin any more. */
  stop(): void {
    this.#isClosing = true;
  }

  interruptAll(): void {
    for (const { attempt } of this.#running.values()) attempt?.stop('interrupted');
  }

  async untilIdle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  /** Lets what has not ended in spite of its signal wait again. What it still says is dropped. */
  async abandon(): Promise<void> {
    for (const running of this.#running.values()) {
      if (running.attempt?.stopped === 'lost') continue;
      await this.#putBack(running);
      running.attempt?.stop('lost');
    }
  }

  async #attempt(running: Running): Promise<unknown> {
    const { bull, id } = running;
    const { options, keys } = this.#link;
    const [interrupted, cancelReason] = (await this.#link.send('read', [
      'HMGET',
      keys + id,
      FIELD.interrupted,
      FIELD.cancel,
    ])) as (string | null)[];
    if (cancelReason != null) this.#cancel(running, cancelReason);
    if (running.cancelReason !== undefined) return this.#endCancelled(running, running.cancelReason);
    if (this.#isClosing) throw await this.#putBack(running);
    const attempts = Math.max(1, bull.attemptsStarted - Number(interrupted ?? 0));
    const { name: queue, maxDataBytes, clock } = options;
    if (attempts > this.#settled.maxAttempts) {
      // That it was handed out once more was no attempt.
      await this.#link.send({ writes: id }, ['HINCRBY', keys + id, FIELD.interrupted, '1']);
      const error = jobsFaults.JOB_CRASHED({ queue, id, attempts: attempts - 1 });
      return this.#die(running, error, attempts - 1);
    }
    const { data, operation } = bull.data as JobEnvelope;
    const isResumed = bull.attemptsStarted - 1 > bull.attemptsMade;
    const keepProgress = (said: unknown) => this.#keepProgress(running, said);
    const facts = {
      queue,
      id,
      data,
      attempt: attempts,
      isResumed,
      operation,
      maxDataBytes,
      clock,
      keepProgress,
    };
    const attempt = new JobAttempt(facts);
    running.attempt = attempt;
    this.#channels.started.emit({ id, attempt: attempts, isResumed }, this.#origin(bull));
    return this.#conclude(running, attempt, await attempt.run(this.#handler));
  }

  async #conclude(running: Running, attempt: JobAttempt, outcome: AttemptOutcome): Promise<unknown> {
    const { bull, cancelReason } = running;
    if (attempt.stopped === 'lost') throw this.#nothingToSay();
    if (cancelReason !== undefined) return this.#endCancelled(running, cancelReason);
    const { attempt: attempts } = attempt.facts;
    if (outcome.ok) {
      this.#ends.set(bull, { why: 'completed', attempts, durationMs: outcome.durationMs });
      return outcome.result;
    }
    if (attempt.stopped === 'interrupted') throw await this.#putBack(running);
    const { error } = outcome;
    const decision = decideRetry(error, attempts, this.#settled, this.#link.options.random);
    if (decision.next === 'dead') return this.#die(running, error, attempts);
    // 0 is no delay to BullMQ, which then forgets the order.
    const delayMs = Math.max(1, decision.delayMs);
    this.#ends.set(bull, { why: 'retried', attempts, delayMs, error });
    throw recorded(new RetryLater(classify(error).message, delayMs), error);
  }

  #die({ bull }: Running, error: unknown, attempts: number): never {
    this.#ends.set(bull, { why: 'dead', attempts, error });
    const { UnrecoverableError } = this.#errors;
    throw recorded(new UnrecoverableError(classify(error).message), error);
  }

  async #endCancelled({ id, lock, bull }: Running, reason: string): Promise<never> {
    const { keepMs, keepCount } = this.#link.options;
    const args = [id, reason, this.#link.nowWallMs, keepMs, keepCount, lock];
    if ((await this.#link.script({ writes: id }, END_RUNNING, args)) === 1) {
      this.#channels.cancelled.emit({ id, reason }, this.#origin(bull));
    }
    throw this.#nothingToSay();
  }

  /** It waits again, and the attempt does not count. Answers what BullMQ is then told. Never rejects. */
  async #putBack({ id, lock, bull }: Running): Promise<Error> {
    const kind = { writes: id };
    try {
      await this.#link.send(kind, ['HINCRBY', this.#link.keys + id, FIELD.interrupted, '1']);
      await this.#link.run(kind, () => bull.moveToWait(lock));
    } catch (error) {
      // Its lock expires, and another process resumes it.
      this.#disturbed(`put the job ${id} back`, error);
    }
    return this.#nothingToSay();
  }

  async #keepProgress({ id, bull, attempt }: Running, said: unknown): Promise<void> {
    if (attempt?.stopped === 'lost') return;
    try {
      await this.#link.run({ writes: id }, () => bull.updateProgress({ said: said as object }));
      this.#channels.progress.emit({ id, progress: said }, this.#origin(bull));
    } catch (error) {
      this.#disturbed(`keep the progress of the job ${id}`, error);
    }
  }

  #cancel(running: Running, reason: string): void {
    running.cancelReason ??= reason;
    running.attempt?.stop('cancelled', reason);
  }

  #tell(bull: BullJob): void {
    const end = this.#ends.get(bull);
    if (end !== undefined) tellEnd(this.#channels, bull.id as string, end, this.#origin(bull));
  }

  /** BullMQ takes this as: the job has been moved already. */
  #nothingToSay(): Error {
    return new this.#errors.DelayedError('the job is no longer ours');
  }

  #disturbed(doing: string, error: unknown): void {
    this.#channels.disturbed.emit({ doing, error }, { source: this.#link.options.name });
  }

  #origin(bull: BullJob) {
    const { operation } = bull.data as JobEnvelope;
    return { source: this.#link.options.name, operationId: operation.id };
  }
}

/** The handler has succeeded, and saying so failed: BullMQ takes that for a failure. */
const RETRY_AFTER_LOST_ANSWER_MS = 1000;
