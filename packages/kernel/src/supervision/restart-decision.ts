import type { RestartType } from './child.ts';
import type { ExitReason } from './exit-reason.ts';

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

export interface RestartCase {
  readonly restart: RestartType;
  readonly reason: ExitReason['kind'];
  /** When the supervisor restarted before, in monotonic milliseconds, oldest first. */
  readonly restartsMs: readonly number[];
  /** Restarts of this child since it was last stable. */
  readonly unstableRestarts: number;
  /** How long the child ran; 0 when it never became ready. */
  readonly ranMs: number;
  readonly nowMs: number;
  /** In [0, 1). */
  readonly chance: number;
}

export type RestartDecision =
  | { readonly action: 'leave'; readonly why: 'temporary' | 'finished' }
  | {
      readonly action: 'restart';
      readonly why: 'first-at-once' | 'backoff';
      readonly delayMs: number;
      readonly unstableRestarts: number;
      /** Those in the window, with this one. */
      readonly restartsMs: readonly number[];
    }
  | { readonly action: 'give-up'; readonly why: 'too-many-restarts'; readonly restartsMs: readonly number[] };

/** What happens to a child that ended by itself. Pure. The window is that of OTP's `supervisor:add_restart`. */
export function decideRestart(limits: RestartLimits, now: RestartCase): RestartDecision {
  if (now.restart === 'temporary') return { action: 'leave', why: 'temporary' };
  if (now.restart === 'transient' && now.reason === 'finished') return { action: 'leave', why: 'finished' };

  const inWindow = restartsInWindow(limits, now.restartsMs, now.nowMs);
  if (inWindow.length >= limits.maxRestarts) {
    return { action: 'give-up', why: 'too-many-restarts', restartsMs: inWindow };
  }
  const before = now.ranMs >= limits.stableMs ? 0 : now.unstableRestarts;
  return {
    action: 'restart',
    why: before === 0 ? 'first-at-once' : 'backoff',
    delayMs: backoffMs(limits, before) * (1 - limits.jitter * now.chance),
    unstableRestarts: before + 1,
    restartsMs: [...inWindow, now.nowMs],
  };
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
