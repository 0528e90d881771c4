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
  /** Set when it was removed. */
  readonly removed: unknown;
  /** Set when it was added, and is not one of the supervisor's options. */
  readonly added: unknown;
  /** Whether it stopped to start again with a sibling. */
  readonly replaced: boolean;
  /** Whether it has ever become ready. */
  readonly startedOnce: boolean;
  /** Its restarts since it was last stable. */
  readonly unstableRestarts: number;
}

/** What it knows of itself. */
export interface RestartHistory {
  readonly limits: RestartLimits;
  readonly state: SupervisorStatus['state'];
  /** When children were restarted before, in monotonic milliseconds, oldest first. */
  readonly restartsMs: readonly number[];
}

export interface RestartCase {
  /** Whether it did not just finish. */
  readonly failed: boolean;
  /** How long the child ran; 0 when it never became ready. */
  readonly ranMs: number;
  readonly nowMs: number;
  /** In [0, 1). */
  readonly chance: number;
}

type WhyLeave = 'stopping' | 'removed' | 'not started' | 'temporary' | 'transient';
type WhyGiveUp = 'not started' | 'too many restarts';

export type RestartDecision =
  | { readonly action: 'replace'; readonly why: 'a sibling failed' }
  | { readonly action: 'leave'; readonly why: WhyLeave }
  | { readonly action: 'give-up'; readonly why: WhyGiveUp }
  | {
      readonly action: 'restart';
      readonly why: 'at once' | 'backoff';
      readonly delayMs: number;
      readonly unstableRestarts: number;
      /** Those in the window, with this one. */
      readonly restartsMs: readonly number[];
    };

/** What happens to a child that ended. Pure. The window is that of OTP's `supervisor:add_restart`. */
export function decideRestart(
  supervisor: RestartHistory,
  child: EndedChild,
  { failed, ranMs, nowMs, chance }: RestartCase,
): RestartDecision {
  const { limits, state } = supervisor;
  const { restart, startedOnce } = child;
  const leave = (why: WhyLeave) => ({ action: 'leave', why }) as const;
  const giveUp = (why: WhyGiveUp) => ({ action: 'give-up', why }) as const;

  if (state === 'stopping') return leave('stopping');
  if (child.removed) return leave('removed');
  if (child.replaced && !(restart === 'temporary' && startedOnce)) {
    return { action: 'replace', why: 'a sibling failed' };
  }
  if (failed && !startedOnce) {
    if (child.added) return leave('not started');
    if (state === 'starting') return giveUp('not started');
  }
  if (restart === 'temporary' || (restart === 'transient' && !failed)) return leave(restart);

  const restartsMs = restartsInWindow(supervisor, nowMs);
  if (restartsMs.length >= limits.maxRestarts) return giveUp('too many restarts');
  const before = ranMs < limits.stableMs ? child.unstableRestarts : 0;
  // Capped, for a backoff of 0 times Infinity is NaN.
  const waitMs = Math.min(limits.backoffMs * 2 ** Math.min(before - 1, 99), limits.maxBackoffMs);
  return {
    action: 'restart',
    why: before ? 'backoff' : 'at once',
    delayMs: before && waitMs * (1 - limits.jitter * chance),
    unstableRestarts: before + 1,
    restartsMs: [...restartsMs, nowMs],
  };
}

/** Those of `restartsMs` that count at `nowMs`. */
export function restartsInWindow(
  { limits, restartsMs }: Pick<RestartHistory, 'limits' | 'restartsMs'>,
  nowMs: number,
): readonly number[] {
  return restartsMs.filter((atMs) => nowMs - atMs < limits.withinMs);
}
