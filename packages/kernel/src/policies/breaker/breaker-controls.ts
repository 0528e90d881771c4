import type { BreakerState } from './breaker-state.ts';
import type { ServiceLimit } from './service-limit.ts';

/** What can be seen of one circuit, and done to it by hand. */
export interface BreakerControls {
  readonly name: string;
  /** A snapshot. */
  readonly state: BreakerState;
  /**
   * Refuses all calls until the answered function is called. Several may isolate at once; the last release closes
   * the breaker, with nothing counted. Releasing twice is harmless.
   */
  isolate(): () => void;
  /**
   * Lets all calls pass until the answered function is called; counted likewise, and weaker than `isolate`. What comes
   * of the calls is still counted: `state.wouldOpen` says why it would have opened.
   */
  forceClosed(): () => void;
  /** The service has said that it is limited: `rateLimited(ms)`, `quotaExhausted()`. Nothing while held by hand. */
  limit(limit: ServiceLimit): void;
  /** Closes the breaker, with nothing counted. Nothing while it is held by hand. */
  reset(): void;
  /** Counts one more result, of something that is not a call of a pipeline, or not over yet. */
  report(outcome: 'success' | 'failure'): void;
}
