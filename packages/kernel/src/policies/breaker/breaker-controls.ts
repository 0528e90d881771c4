import type { BreakerStateName } from './breaker-transitions.ts';

/**
 * A breaker, or one of those of a `keyedBreakers`. More is to be seen of it by `breakerState`. What can be done to it by
 * hand: `isolate`, `forceClosed`, `resetBreaker`, `restoreBreaker`, and to tell it of a limit, `rateLimited(ms)(breaker)`.
 */
export interface BreakerControls {
  readonly name: string;
  /** Changes that time makes are seen when the next call has come. */
  readonly phase: { readonly state: BreakerStateName };
}

/** What a service has said of its limits, to be told to its breaker. Made by `rateLimited` and `quotaExhausted`. */
export type ServiceLimit = (breaker: BreakerControls) => void;
