import type { Fault } from '../faults/index.ts';
import type { ChildSpec, RestartType } from './child.ts';
import type { ChildRun } from './child-run.ts';
import type { ExitReason } from './exit-reason.ts';
import type { ChildPosition } from './next-steps.ts';
import type { ChildStatus } from './status.ts';

/** What a supervisor knows of one child, over all its runs. */
export class Slot implements ChildPosition {
  readonly spec: ChildSpec;
  readonly restart: RestartType;
  /** The run that has not ended, where there is one. */
  run: ChildRun | undefined;
  startedOnce = false;
  notBeforeMs = 0;
  replaced = false;
  /** Whether it is not to be started again. */
  ended = false;
  /** How often it has been started again. */
  restarts = 0;
  unstableRestarts = 0;
  /** When its start began. */
  beganMs = 0;
  /** When it became ready; undefined while it is not. */
  readyMs: number | undefined;
  endedMs = 0;
  lastExit: ExitReason | undefined;
  /** Why it was asked to restart, until it has ended. */
  restartFault: Fault | undefined;

  constructor(spec: ChildSpec) {
    this.spec = spec;
    this.restart = spec.restart ?? 'permanent';
  }

  get state(): ChildPosition['state'] {
    if (this.run !== undefined && this.run.state !== 'ended') return this.run.state;
    return this.ended ? 'ended' : 'waiting';
  }

  /** Notes the end of its run. */
  end(reason: ExitReason, nowMs: number): void {
    this.run = undefined;
    this.readyMs = undefined;
    this.restartFault = undefined;
    this.endedMs = nowMs;
    this.lastExit = reason;
  }

  status(): ChildStatus {
    const supervisor = this.run?.child?.supervisor?.status();
    return {
      id: this.spec.id,
      state: this.state,
      restarts: this.restarts,
      ...(this.lastExit && { lastExit: this.lastExit }),
      ...(supervisor && { supervisor }),
    };
  }
}
