import type { Fault } from '../faults/index.ts';
import { defineSignal } from '../signals/index.ts';
import type { ChildEnd } from './exit-reason.ts';

/**
 * What every report of a supervisor says. Its source is the supervisor's path, too. Beside it say:
 *
 * | signal | sent when | also says |
 * |---|---|---|
 * | supervisor.child.started | a child became ready | when it had ended before: downMs, reason and fault of that end |
 * | supervisor.child.exited | a child ended, or is no longer waited for | reason, fault, action, why, delayMs, abandoned |
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

/** A child became ready. */
export const childStarted = defineSignal<
  ChildReport & {
    /** Since it had ended, in milliseconds; absent when it had not been started before. */
    readonly downMs?: number;
    /** Why it had ended. */
    readonly reason?: ChildEnd['reason'];
    readonly fault?: Fault | undefined;
  }
>('supervisor.child.started');

/** A child ended. */
export const childExited = defineSignal<
  ChildReport & {
    readonly reason: ChildEnd['reason'];
    /** Set unless it finished. */
    readonly fault?: Fault | undefined;
    /**
     * What follows: `restart` in `delayMs`; `replace`: it starts again with a sibling; `leave`: it does not, and is
     * forgotten if it was added or removed; `give-up`: its supervisor stops, since children died too often, or this
     * one did not start.
     */
    readonly action: 'restart' | 'replace' | 'leave' | 'give-up';
    /** `stopping`, when all stop. */
    readonly why: string;
    readonly delayMs: number;
    /** Set when it did not stop whatever was done, and is no longer waited for: it may still run. */
    readonly abandoned?: Fault | undefined;
  }
>('supervisor.child.exited');
