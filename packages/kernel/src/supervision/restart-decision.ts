import type { RestartType } from './child.ts';
import type { SupervisorStatus } from './status.ts';

/** How often a supervisor starts children again before it gives up, and how long it waits before each. */
export interface RestartLimits {
  /** At most this many restarts in any window of `withinMs`, all children together; one more and the supervisor gives up. 0 never restarts, Infinity never gives up. */
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

export type RestartDecision =
  | { readonly action: 'replace'; readonly why: 'a sibling failed'; readonly delayMs: 0 }
  | {
      readonly action: 'leave';
      readonly why: 'stopping' | 'removed' | 'not started' | 'temporary' | 'transient';
      readonly delayMs: 0;
    }
  | {
      readonly action: 'give-up';
      readonly why: 'not started' | 'too many restarts';
      readonly delayMs: 0;
    }
  | { readonly action: 'restart'; readonly why: 'at once' | 'backoff'; readonly delayMs: number };

/**
 * What happens to a child that ended; `failed` when it did not just finish. `chance` is in [0, 1). Pure. The limit is
 * that of OTP's `supervisor:add_restart`.
 */
export function decideRestart(
  state: SupervisorStatus['state'],
  restartsInWindow: number,
  limits: RestartLimits,
  { restart, removed, added, replaced, startedOnce, unstableRestarts }: EndedChild,
  failed: boolean,
  chance: number,
): RestartDecision {
  const decide = (action: string, why: string, delayMs = 0) => ({ action, why, delayMs }) as RestartDecision;
  if (state === 'stopping') return decide('leave', state);
  if (removed) return decide('leave', 'removed');
  if (replaced && !(restart === 'temporary' && startedOnce)) return decide('replace', 'a sibling failed');
  if (failed && !startedOnce && (added || state === 'starting')) {
    return decide(added ? 'leave' : 'give-up', 'not started');
  }
  if (restart === 'temporary' || (restart === 'transient' && !failed)) return decide('leave', restart);
  if (restartsInWindow >= limits.maxRestarts) return decide('give-up', 'too many restarts');
  if (!unstableRestarts) return decide('restart', 'at once');
  // Capped, for a backoff of 0 times Infinity is NaN.
  const waitMs = Math.min(limits.backoffMs * 2 ** Math.min(unstableRestarts - 1, 99), limits.maxBackoffMs);
  return decide('restart', 'backoff', waitMs * (1 - limits.jitter * chance));
}
