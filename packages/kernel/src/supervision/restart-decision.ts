import type { RestartType } from './child.ts';
import type { SupervisorStatus } from './status.ts';

/** How often a supervisor starts children again before it gives up, and how long it waits before each. */
export interface RestartLimits {
  /** At most this many restarts in any window of `withinMs`, all children together; one more and the supervisor gives up. 0 never restarts. */
  readonly maxRestarts: number;
  readonly withinMs: number;
  /** The first restart of a child is at once, the second waits this long, each further one twice as long. */
  readonly backoffMs: number;
  /** No wait is longer. */
  readonly maxBackoffMs: number;
  /** The part of a wait that is left to chance, 0..1, so that children that died together do not come back together. */
  readonly jitter: number;
  /** A child that has run this long is stable: its next restart is at once again. */
  readonly stableMs: number;
}

/** What a supervisor knows of a child that ended. */
export interface EndedChild {
  readonly restart: RestartType;
  /** Set when it was taken down by hand. */
  readonly taken: unknown;
  /** Set when it was added, and is not one of the supervisor's options. */
  readonly added: unknown;
  /** Whether it stopped to start again with a sibling. */
  readonly replaced: boolean;
  /** Whether it has ever become ready. */
  readonly startedOnce: boolean;
  /** Its restarts since it was last stable. */
  readonly unstableRestarts: number;
}

export interface RestartCase {
  readonly supervisor: SupervisorStatus['state'];
  /** Whether it did not just finish. */
  readonly failed: boolean;
  /** When the supervisor restarted before, in monotonic milliseconds, oldest first. */
  readonly restartsMs: readonly number[];
  /** How long the child ran; 0 when it never became ready. */
  readonly ranMs: number;
  readonly nowMs: number;
  /** In [0, 1). */
  readonly chance: number;
}

type WhyLeave = 'taken down' | 'a sibling failed' | 'first start failed' | 'temporary' | 'finished';

export type RestartDecision =
  | { readonly action: 'stop'; readonly why: 'all stop' }
  | { readonly action: 'replace'; readonly why: 'a sibling failed' }
  | { readonly action: 'leave'; readonly why: WhyLeave }
  | { readonly action: 'give-up'; readonly why: 'first start failed' | 'too-many-restarts' }
  | {
      readonly action: 'restart';
      readonly why: 'first-at-once' | 'backoff';
      readonly delayMs: number;
      readonly unstableRestarts: number;
      /** Those in the window, with this one. */
      readonly restartsMs: readonly number[];
    };

/** What happens to a child that ended. Pure. The window is that of OTP's `supervisor:add_restart`. */
export function decideRestart(limits: RestartLimits, child: EndedChild, now: RestartCase): RestartDecision {
  const { restart, startedOnce } = child;
  if (now.supervisor === 'stopping') return { action: 'stop', why: 'all stop' };
  if (child.taken) return leave('taken down');
  if (child.replaced) {
    const forGood = restart === 'temporary' && startedOnce;
    return { action: forGood ? 'leave' : 'replace', why: 'a sibling failed' };
  }
  if (!startedOnce && now.failed) {
    if (child.added) return leave('first start failed');
    if (now.supervisor === 'starting') return { action: 'give-up', why: 'first start failed' };
  }
  if (restart === 'temporary') return leave(restart);
  if (restart === 'transient' && !now.failed) return leave('finished');

  const inWindow = restartsInWindow(limits, now.restartsMs, now.nowMs);
  if (inWindow.length >= limits.maxRestarts) return { action: 'give-up', why: 'too-many-restarts' };
  const before = now.ranMs >= limits.stableMs ? 0 : child.unstableRestarts;
  return {
    action: 'restart',
    why: before === 0 ? 'first-at-once' : 'backoff',
    delayMs: backoffMs(limits, before) * (1 - limits.jitter * now.chance),
    unstableRestarts: before + 1,
    restartsMs: [...inWindow, now.nowMs],
  };
}

function leave(why: WhyLeave): RestartDecision {
  return { action: 'leave', why };
}

/** Those of `restartsMs` that count at `nowMs`. */
export function restartsInWindow(
  limits: RestartLimits,
  restartsMs: readonly number[],
  nowMs: number,
): readonly number[] {
  return restartsMs.filter((atMs) => nowMs - atMs < limits.withinMs);
}

function backoffMs(limits: RestartLimits, before: number): number {
  return before === 0 ? 0 : Math.min(limits.backoffMs * 2 ** (before - 1), limits.maxBackoffMs);
}
