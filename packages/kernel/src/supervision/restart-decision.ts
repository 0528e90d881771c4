import type { RestartType } from './child.ts';
import type { SupervisorStatus } from './status.ts';

/** How often a supervisor starts children again before it gives up, and how long it waits before each. */
export interface RestartLimits {
  /** At most this many restarts in any window of `withinMs`, all children together; one more and the supervisor gives up. 0 never restarts, Infinity never gives up. */
  readonly maxRestarts: number;
  readonly withinMs: number;
  /**
   * The first restart of a child is at once, the second waits this long, each further one twice as long. Above 0: a child
   * that fails at once, restarted at once without end, would let nothing else run.
   */
  readonly backoffMs: number;
  /** No wait is longer. Above 0. A child that has run this long is stable: its next restart is at once again. */
  readonly maxBackoffMs: number;
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
  /** How long its next restart waits. */
  readonly backoffMs: number;
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
 * What happens to a child that ended; `failed` when it did not just finish, `exhausted` when its supervisor has made
 * as many restarts as it may. Pure.
 */
export function decideRestart(
  state: SupervisorStatus['state'],
  { restart, removed, added, replaced, startedOnce, backoffMs }: EndedChild,
  failed: boolean,
  exhausted: boolean,
): RestartDecision {
  const decide = (action: string, why: string, delayMs = 0) => ({ action, why, delayMs }) as RestartDecision;
  if (state === 'stopping') return decide('leave', state);
  if (removed) return decide('leave', 'removed');
  if (replaced && !(restart === 'temporary' && startedOnce)) return decide('replace', 'a sibling failed');
  if (failed && !startedOnce && (added || state === 'starting')) {
    return decide(added ? 'leave' : 'give-up', 'not started');
  }
  if (restart === 'temporary' || (restart === 'transient' && !failed)) return decide('leave', restart);
  if (exhausted) return decide('give-up', 'too many restarts');
  return decide('restart', backoffMs ? 'backoff' : 'at once', backoffMs);
}

/** How long the restart after one that has waited `backoffMs` waits. */
export function nextBackoffMs(backoffMs: number, limits: RestartLimits): number {
  return Math.min(backoffMs * 2 || limits.backoffMs, limits.maxBackoffMs);
}
