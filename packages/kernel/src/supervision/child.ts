import type { SignalSink } from '../signals/index.ts';
import type { Clock, Random } from '../time/index.ts';
import type { ExitReason } from './exit-reason.ts';
import type { HealthCheck } from './health-watch.ts';
import type { SupervisorStatus } from './status.ts';

/** When a child that ended is started again: always, only after a failure, never. */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/** What a supervisor starts, watches, starts again and stops. */
export interface ChildSpec {
  /** Unique among its siblings. */
  readonly id: string;
  /** Default `permanent`. */
  readonly restart?: RestartType | undefined;
  /** How long it may take to become ready. Default 30 000; Infinity waits for ever. */
  readonly startMs?: number;
  /** How long it may take to exit after its signal aborts, before its escalation begins. Default 5000; Infinity waits for ever. */
  readonly shutdownMs?: number;
  /** How it is found out that it no longer works although it has not ended. Default: not at all. */
  readonly health?: HealthCheck;
  /**
   * Begins the work and answers at once; what takes time belongs into `ready`. A throw is a failed start. Called
   * once for every start, never twice at the same time.
   */
  start(context: ChildContext): RunningChild;
}

export interface ChildContext {
  /** Aborts when the child shall stop. */
  readonly signal: AbortSignal;
  /** How often it has been started again by this supervisor: 0 at first. */
  readonly restarts: number;
  /** The path of the supervisor: `studio/auralis`. */
  readonly supervisor: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly signals: SignalSink;
}

/** A child that was started. */
export interface RunningChild {
  /** Settles when it has ended and holds nothing any more. A rejection is a failure. */
  readonly exited: Promise<ExitReason>;
  /** Resolves when it can work; the next sibling starts then. A rejection is a failed start. Default: at once. */
  readonly ready?: Promise<unknown>;
  /**
   * What is done, in this order, when it does not exit on its signal: SIGTERM, then SIGKILL. A child that survives
   * all of it (an async task without any) is abandoned: reported, and no longer waited for.
   */
  readonly escalation?: readonly StopStep[];
  /** The supervisor that it is, where it is one. */
  readonly supervisor?: SupervisorView;
}

/** One way to stop a child. */
export interface StopStep {
  /** For reports: `SIGTERM`. */
  readonly name: string;
  /** How long the child has to exit after it. */
  readonly graceMs: number;
  apply(): void;
}

/** What a supervisor is to others: to the supervisor above, and to who works with its children. */
export interface SupervisorView {
  status(): SupervisorStatus;
  /**
   * Adds a child after all others; it starts when its turn comes. Resolves when it is ready. Rejects, and forgets the
   * child, with the reason when its first start fails, with CANCELLED when it is taken down before; with
   * CHILD_REFUSED, `problem: 'duplicate'`, when there is a child of this name, `problem: 'stopping'` when the supervisor
   * stops or has stopped. Throws a RangeError when an option is out of range.
   *
   * A child that was added is forgotten when it has ended and is not to be started again. A supervisor that its own
   * supervisor has started again begins with the children of its options.
   */
  add(child: ChildSpec): Promise<void>;
  /**
   * Stops a child and forgets it: then its name is free again. Resolves when it has ended: true, or false when there is
   * no child of this name. Never rejects.
   */
  remove(childId: string): Promise<boolean>;
  /**
   * Ends a child that runs, here or in a supervisor below, as if it had failed of `cause` (an error, or a text),
   * because a recovery or a person asks for it: its end has the reason `requested`, and counts as a restart. One that
   * has ended is started again, which does not count. Answers false when no such child runs or has ended.
   */
  restart(childId: string, cause?: unknown): boolean;
  /** The supervisor that this child is; undefined when it is none, or while it is down. */
  below(childId: string): SupervisorView | undefined;
}

/**
 * Starts its children in order, starts them again when they end, and stops them in reverse order: after OTP's
 * supervisor.
 *
 * - **Start.** Each child starts when the one before is ready. One of the options' that fails its first start ends it:
 *   those started are stopped, and `start` rejects.
 * - **Restart.** Who starts again with a child that ended is decided by the strategy, whether at all by the child's
 *   restart type, when by the limits. A failed restart counts as one more restart. A child that fails its health
 *   checks is stopped, and has failed.
 * - **Add and remove.** At any time. The order of the children is the order of their arrival; under `one_for_one`
 *   what is added starts at once, and under `simple_one_for_one` children have no order: all start, and in the end
 *   stop, at the same time. There, to add, restart and remove a child costs the same however many there are.
 * - **Giving up.** A supervisor that would restart too often stops its children and exits as failed; the supervisor
 *   above restarts it as a whole. The top one's owner reads `exited`.
 * - **Stop.** Child by child: abort signal, then the child's escalation. It always ends.
 *
 * Lives once: started once, exited for good. All calls are safe at any time, in any order, from within its children.
 */
export interface Supervisor extends SupervisorView {
  /** Resolves, never rejects, when all children have ended: `finished` after `stop`, `failed` when it gave up. */
  readonly exited: Promise<ExitReason>;
  /** Resolves when all children are ready; rejects when one does not start, or on `stop`, after all have stopped. */
  start(): Promise<void>;
  /** Stops all children, the last first. Resolves when all have ended or were abandoned, as `exited`; never rejects. */
  stop(): Promise<ExitReason>;
}
