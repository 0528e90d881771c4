import type { Backoff, FaultJson, Operation } from '@sustain/kernel';

export { jobsFaults } from './jobs-faults.ts';

/**
 * Work that outlives the process that asked for it: jobs of one kind, with data that JSON can carry.
 *
 * **At least once**: a job whose process dies, or loses the queue, while its handler runs is run again, and the handler
 * is told (`isResumed`, `attempt`). So a handler must bear to be repeated. Two handlers of one job do not run at the same
 * time, unless a process that was taken for dead goes on: then its signal aborts as soon as it notices, and what it
 * answers is dropped.
 *
 * **Order**: of those that wait, the greater priority first, and in the order of their coming within one. That is strict:
 * as long as there are more urgent jobs, lesser ones wait. One that waited for its time (`delayMs`, a retry) comes when
 * that is over; one that was running when its process died may come before all others.
 *
 * Operations reject with a fault of `jobsFaults`, with STORE_UNAVAILABLE, OUTCOME_UNKNOWN or another of `storeFaults` where
 * the state cannot be reached, or with the reason of the caller's signal. After OUTCOME_UNKNOWN `add` may be repeated with
 * the same idempotency key, everything else as it is.
 */
export interface JobQueue<Data = unknown, Result = unknown, Progress = unknown> {
  /** In faults and signals, and where its state is. */
  readonly name: string;

  /**
   * Resolves when the job is kept as safely as the queue keeps anything. Rejects with JOB_DATA_INVALID, or its child
   * JOB_DATA_TOO_LARGE.
   */
  add(data: Data, options?: AddOptions): Promise<AddedJob>;

  /**
   * Begins to run jobs in this process, and resolves then. Once a queue object: rejects with ALREADY_PROCESSING when it is
   * called again. `close` ends it.
   */
  process(handler: JobHandler<Data, Result, Progress>, options?: ProcessOptions): Promise<void>;

  /** Undefined when there is no such job, or no longer. */
  get(id: string, options?: SignalOption): Promise<Job<Data, Result, Progress> | undefined>;

  /**
   * Ends a job that nobody wants any more. One that waits never runs. The signal of one that runs aborts, and it ends as
   * cancelled once its handler has ended, however that is. Answers whether it is cancelled, or will be; false when it has
   * ended otherwise, or does not exist. `reason` is kept: 1000 characters of it.
   */
  cancel(id: string, reason?: string): Promise<boolean>;

  /**
   * What becomes of a job: as it is now, and then after each change, of several that nobody has read yet the last. It
   * ends when the job has. It throws JOB_NOT_FOUND when there is none, or no longer, and QUEUE_CLOSED. Once it has begun,
   * it waits while the state cannot be reached.
   */
  watch(id: string, options?: SignalOption): AsyncIterable<Job<Data, Result, Progress>>;

  /**
   * The result, as soon as there is one. Rejects with JOB_DEAD, whose cause is what it died of, JOB_CANCELLED,
   * JOB_NOT_FOUND, QUEUE_CLOSED, or the signal's reason, which leaves the job as it is.
   */
  wait(id: string, options?: SignalOption): Promise<Result>;

  /** The jobs that were given up, those that died first at the beginning. */
  deadLetters(options?: DeadLetterOptions): Promise<DeadLetterPage<Data>>;

  /** Lets a dead job wait again, with all attempts before it. False when there is no such dead job. */
  retryDead(id: string): Promise<boolean>;

  /** Forgets a job that has ended, and its idempotency key. False when there is none that has. */
  remove(id: string): Promise<boolean>;

  counts(): Promise<JobCounts>;

  /** Lets no further job begin, in no process, until `resume`, also after a restart. Those that run go on. */
  pause(): Promise<void>;
  resume(): Promise<void>;

  /**
   * Begins no more jobs, waits up to `graceMs` for the handlers that run, then aborts their signals with JOB_INTERRUPTED
   * and waits for them up to 5 s more. What has not ended by then is waiting again, and that attempt does not count.
   * Watches and waits end with QUEUE_CLOSED. Harmless when repeated; the state stays. Until it is closed a queue holds the
   * process open.
   */
  close(options?: CloseOptions): Promise<void>;
}

export interface SignalOption {
  /** Ends the waiting. */
  readonly signal?: AbortSignal | undefined;
}

export interface AddOptions extends SignalOption {
  /**
   * The same key answers the same job, also when it is used by several at once, and after the job has ended, as long as it
   * is kept. The data of the first counts. 1 to 512 characters. Default: every call adds a job.
   */
  readonly idempotencyKey?: string | undefined;
  /** The greater goes first. A whole number from 0 to 1000. Default 0. */
  readonly priority?: number | undefined;
  /** It does not begin before. 0 to 10 years. Default 0. */
  readonly delayMs?: number | undefined;
  /** What the job is a part of; its handler runs in it. Default: the current one, or one that is made. */
  readonly operation?: Operation | undefined;
}

export interface AddedJob {
  readonly id: string;
}

/**
 * Does a job. What it answers must be JSON (undefined becomes null). An error is recorded, and the job tried again where
 * the process options say so.
 */
export type JobHandler<Data = unknown, Result = unknown, Progress = unknown> = (
  job: JobRun<Data, Progress>,
) => Promise<Result> | Result;

/** A job while it runs. */
export interface JobRun<Data = unknown, Progress = unknown> {
  readonly id: string;
  readonly data: Data;
  /** 1 the first time. Attempts that a crash ended count, those that `close` interrupted do not. */
  readonly attempt: number;
  /** Whether an attempt before was broken off, by a crash or by `close`: part of the work may have been done. */
  readonly isResumed: boolean;
  /**
   * Aborts with JOB_CANCELLED when somebody cancels the job, with JOB_INTERRUPTED when the queue closes, with JOB_LOST when
   * another process has taken it over.
   */
  readonly signal: AbortSignal;
  readonly operation: Operation;
  /**
   * Says how far it is. Kept as soon as what was said before is; of several the last. Throws JOB_DATA_INVALID when it is no
   * JSON or has more than 16 KiB.
   */
  progress(value: Progress): void;
}

export interface ProcessOptions {
  /** How many handlers run at once in this process. A whole number, 1 or more. Default 1. */
  readonly concurrency?: number | undefined;
  /** How often a job is begun before it is dead. A whole number, 1 or more. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** How long to wait after each failure. Default `exponential({ baseMs: 1000 })`: 1 s, 2 s … 30 s, full jitter. */
  readonly backoff?: Backoff | undefined;
  /** Whether to try again after this error. Default `isRetryableError`: a fault says so itself. */
  readonly retryOn?: ((error: unknown) => boolean) | undefined;
}

interface JobFacts<Data, Progress> {
  readonly id: string;
  readonly data: Data;
  readonly priority: number;
  readonly addedWallMs: number;
  /** How often it was begun; interruptions by `close` do not count. */
  readonly attempts: number;
  readonly operationId: string;
  /** What a handler has said last, in whichever attempt. */
  readonly progress?: Progress | undefined;
}

/** A job, by `state`. The last three are ends. */
export type Job<Data = unknown, Result = unknown, Progress = unknown> = JobFacts<Data, Progress> &
  (
    | { readonly state: 'waiting' }
    /** Its time has not come. `error`: what the attempt before has failed of. */
    | { readonly state: 'delayed'; readonly dueWallMs: number; readonly error?: FaultJson | undefined }
    | {
        readonly state: 'running';
        readonly startedWallMs: number;
        /** Somebody has cancelled it, and its handler has not ended yet. */
        readonly isCancelling: boolean;
      }
    | { readonly state: 'completed'; readonly endedWallMs: number; readonly result: Result }
    | { readonly state: 'dead'; readonly endedWallMs: number; readonly error: FaultJson }
    | { readonly state: 'cancelled'; readonly endedWallMs: number; readonly reason: string }
  );

export type JobState = Job['state'];

/** How many jobs are in each state. */
export type JobCounts = { readonly [State in JobState]: number };

export type DeadJob<Data = unknown> = Extract<Job<Data>, { readonly state: 'dead' }>;

export interface DeadLetterOptions extends SignalOption {
  /** `next` of the page before. Default: at the beginning. */
  readonly after?: string | undefined;
  /** Jobs a page. A whole number from 1 to 100. Default 20. */
  readonly limit?: number | undefined;
}

export interface DeadLetterPage<Data = unknown> {
  readonly jobs: readonly DeadJob<Data>[];
  /** Where the next page begins; undefined when this is the last. */
  readonly next: string | undefined;
}

export interface CloseOptions {
  /** How long handlers may go on by themselves. 0 or more. Default 0. */
  readonly graceMs?: number | undefined;
}
