import type { BreakerState } from './breaker-state.ts';
import type { ServiceLimit } from './circuit.ts';

/** What can be seen of one circuit, and done to it by hand; more by `isolate`, `forceClosed` and `restoreBreaker`. */
export interface BreakerControls {
  readonly name: string;
  /** A snapshot. */
  readonly state: BreakerState;
  /** The service has said that it is limited: `rateLimited(ms)`, `quotaExhausted()`. Nothing while held by hand. */
  limit(limit: ServiceLimit): void;
  /** Closes the breaker, with nothing counted. Nothing while it is held by hand. */
  reset(): void;
  /** Counts one more result, of something that is not a call of a pipeline, or not over yet. */
  report(outcome: 'success' | 'failure'): void;
}
