import type { Fault } from '../faults/index.ts';
import { defineSignal } from '../signals/index.ts';
import type { ChildEnd } from './exit-reason.ts';
import type { ChildHealth } from './health-watch.ts';

/**
 * What every report of a supervisor says. Its source is the supervisor's path, too. Beside it say:
 *
 * | signal | sent when | also says |
 * |---|---|---|
 * | supervisor.child.started | a child became ready | startMs; when it had ended before: downMs, reason and fault of that end |
 * | supervisor.child.health | a check failed, or the first one has not | health |
 * | supervisor.child.exited | a child ended | reason, fault, action, why, delayMs, ranMs |
 * | supervisor.child.abandoned | a child did not end and is no longer waited for | fault |
 * | supervisor.gave-up | a supervisor stops since a child died too often, or did not start | fault |
 */
export interface ChildReport {
  /** The path of the supervisor: `studio/auralis`. */
  readonly supervisor: string;
  readonly child: string;
  /** How often the child has been started again. */
  readonly restarts: number;
  /** Restarts that count against the supervisor's limit now. */
  readonly restartsInWindow: number;
}

/** Why a child ended: by itself, well or of a fault; found not to work; or because somebody asked for a restart. */
export type EndReason = ChildEnd['kind'];

/** A child became ready. `startMs`: since its start began. */
export const childStarted = defineSignal<
  ChildReport & {
    readonly startMs: number;
    /** Since it had ended, in milliseconds; absent when it had not been started before. */
    readonly downMs?: number;
    /** Why it had ended. */
    readonly reason?: EndReason;
    readonly fault?: Fault;
  }
>('supervisor.child.started');

/** A health check of a child has failed, or has passed while the one before had not, or was the first. */
export const childHealth = defineSignal<ChildReport & { readonly health: ChildHealth }>(
  'supervisor.child.health',
);

/** A child ended. */
export const childExited = defineSignal<
  ChildReport & {
    readonly reason: EndReason;
    /** Set unless it finished. */
    readonly fault?: Fault;
    /**
     * What follows: `restart` in `delayMs`; `replace`: it starts again with a sibling; `leave`: it does not, and is
     * forgotten if it was added or removed; `give-up`: its supervisor stops.
     */
    readonly action: 'restart' | 'replace' | 'leave' | 'give-up';
    /** `stopping`, when all stop. */
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
