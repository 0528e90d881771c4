import type { Fault } from '../faults/index.ts';
import { defineSignal } from '../signals/index.ts';

/** What every report of a supervisor says. */
export interface ChildReport {
  /** The path of the supervisor: `studio/auralis`. */
  readonly supervisor: string;
  readonly child: string;
  /** How often the child has been started again. */
  readonly restarts: number;
  /** Restarts that count against the supervisor's limit now. */
  readonly restartsInWindow: number;
}

/** A child became ready for the first time. */
export const childStarted = defineSignal<ChildReport & { readonly startMs: number }>(
  'supervisor.child.started',
);

/** A child became ready again. `downMs`: since it ended. */
export const childRestarted = defineSignal<
  ChildReport & { readonly startMs: number; readonly downMs: number }
>('supervisor.child.restarted');

/** A child ended. */
export const childExited = defineSignal<
  ChildReport & {
    readonly reason: 'finished' | 'failed';
    readonly fault?: Fault;
    /** What follows: `restart` in `delayMs`, `replace` (with a sibling), `leave` it, `stop` (all stop), `give-up`. */
    readonly action: 'restart' | 'replace' | 'leave' | 'stop' | 'give-up';
    readonly why: string;
    readonly delayMs: number;
    /** How long it had been ready. */
    readonly ranMs: number;
  }
>('supervisor.child.exited');

/** A child did not stop whatever was done, and is no longer waited for: it may still run. */
export const childAbandoned = defineSignal<ChildReport & { readonly fault: Fault }>(
  'supervisor.child.abandoned',
);

/** A supervisor has restarted its children too often, or could not start them: it stops them all and exits. */
export const supervisorGaveUp = defineSignal<ChildReport & { readonly fault: Fault }>('supervisor.gave-up');
