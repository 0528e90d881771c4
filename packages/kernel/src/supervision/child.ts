import type { Signals } from '../signals/index.ts';
import type { Clock, Random } from '../time/index.ts';
import type { ExitReason } from './exit-reason.ts';
import type { SupervisorStatus } from './status.ts';

/** When a child that ended is started again: always, only after a failure, never. */
export type RestartType = 'permanent' | 'transient' | 'temporary';

/** What a supervisor starts, watches, starts again and stops. */
export interface ChildSpec {
  /** Unique among its siblings. */
  readonly id: string;
  /** Default `permanent`. */
  readonly restart?: RestartType;
  /** How long it may take to become ready. Default 30 000; Infinity waits for ever. */
  readonly startMs?: number;
  /** How long it may take to exit after its signal aborts, before its escalation begins. Default 5000; Infinity waits for ever. */
  readonly shutdownMs?: number;
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
  readonly signals: Signals;
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

/** What a supervisor shows of itself to its parent. */
export interface SupervisorView {
  status(): SupervisorStatus;
  restart(childId: string, cause?: unknown): boolean;
}
