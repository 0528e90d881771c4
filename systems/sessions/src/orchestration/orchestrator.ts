import type { JobQueue } from '@sustain/jobs';
import type { Backoff, Clock, ErrorHandler, Random, SignalSink } from '@sustain/kernel';
import type { CallOptions, SessionManager } from '../manager/index.ts';
import type { SessionKey } from '../session/index.ts';
import type { Orchestration } from './orchestration.ts';
import type { EndedRun, Run, RunOrder, RunProgress } from './run.ts';

/**
 * Runs orchestrations: staged jobs over a session, on a job queue. What has become of each stage is kept in the session,
 * so a run outlives its process, and goes on after the last finished stage.
 *
 * The answer of every stage is kept exactly once, in order. A run ends as completed, failed or cancelled, also when its
 * process dies again and again. Users may change the session meanwhile: neither waits for the other. Whoever deletes the
 * session cancels its runs.
 *
 * Methods reject with one of `sessionFaults` or `jobsFaults`, with STORE_UNAVAILABLE where the queue's state cannot be
 * reached, or with the reason of the caller's signal.
 */
export interface Orchestrator {
  /**
   * Adds a run, and resolves when the queue has it. Rejects with SESSION_REQUEST_INVALID, whose `field` says what of the
   * request is wrong, SESSION_NOT_FOUND, or SESSION_TOO_LARGE when `keepRuns` of this session have not ended.
   */
  start(request: StartRun, options?: CallOptions): Promise<Run>;

  /** Undefined when there is none, or no longer. */
  get(runId: string, options?: CallOptions): Promise<Run | undefined>;

  /** The runs that a session knows of, those that were added first at the beginning. */
  runs(key: SessionKey, options?: CallOptions): Promise<readonly Run[]>;

  /**
   * Ends a run that nobody wants any more: it is recorded as cancelled, no further stage begins, and the signal of the one
   * that runs aborts. Answers whether it is cancelled; false when it has ended otherwise, or does not exist. 500
   * characters of `reason` are kept.
   */
  cancel(runId: string, reason?: string): Promise<boolean>;

  /** Lets a failed run go on after its last finished stage, with all attempts before it. False when there is no such run. */
  retry(runId: string): Promise<boolean>;

  /**
   * A run as it is now, and then after each change, of several that nobody has read yet the last; it ends when the run
   * has. Throws RUN_NOT_FOUND. For a session that cannot be reached it waits up to `patienceMs`.
   */
  watch(runId: string, options?: CallOptions): AsyncIterable<WatchedRun>;

  /** How a run has ended, as soon as it has. Rejects with RUN_NOT_FOUND. */
  wait(runId: string, options?: CallOptions): Promise<EndedRun>;

  /** Begins to run stages in this process, and resolves then; closing the queue ends it. Once an orchestrator. */
  process(options?: ProcessRuns): Promise<void>;
}

export interface OrchestratorOptions {
  readonly manager: SessionManager;
  /** Of its own: `openOrchestrationQueue`. It is not closed with the orchestrator, which has nothing to close. */
  readonly queue: JobQueue<RunOrder, null, RunProgress>;
  readonly pipelines: readonly Orchestration[];
  /**
   * Told of every error of a run, where it is given. What it does about one changes nothing in what becomes of the run.
   * Default: errors are said as `fault.raised`.
   */
  readonly errors?: ErrorHandler | undefined;
  /** How often a run is begun before it has failed, of errors and crashes alike. A whole number, 1 or more. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** How long a run that was put off waits. Default `exponential({ baseMs: 1000 })`. */
  readonly backoff?: Backoff | undefined;
  /** How long what a stage has answered waits for a session that cannot be reached, before it is lost. Above 0. Default 60,000. */
  readonly patienceMs?: number | undefined;
  /** Of all results of a run, as JSON. A whole number, 1 or more. Default 32 KiB. */
  readonly maxResultBytes?: number | undefined;
  /** Of an input, as JSON. Default 32 KiB. */
  readonly maxInputBytes?: number | undefined;
  /** How many runs a session keeps; the oldest that have ended are forgotten. 1 to 100. Default 10. */
  readonly keepRuns?: number | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  readonly signals?: SignalSink | undefined;
}

export interface StartRun {
  readonly key: SessionKey;
  /** The name of one of the pipelines. */
  readonly orchestration: string;
  readonly input: unknown;
  /**
   * The same key, of one session and orchestration, answers the same run, as long as its job is kept. With another input:
   * SESSION_REQUEST_INVALID. 1 to 256 characters. Default: each call is one run.
   */
  readonly idempotencyKey?: string | undefined;
}

export interface ProcessRuns {
  /** Runs at once in this process. Default 4. */
  readonly concurrency?: number | undefined;
}

export interface WatchedRun {
  readonly run: Run;
  readonly progress: RunProgress | undefined;
}
