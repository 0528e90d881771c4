import type { ChildRun, LiveStatus } from './child-run.ts';
import type { EndedChild } from './restart-decision.ts';

/** One child, over all its runs. */
export interface Child extends EndedChild {
  readonly now: LiveStatus;
  /** The run that is up. */
  run: ChildRun | undefined;
  startedOnce: boolean;
  backoffMs: number;
  replaced: boolean;
  /** Set when it was removed: whom to tell that it has ended. */
  removed: PromiseWithResolvers<void> | undefined;
  /** Harmless unless it waits. */
  start(): void;
  /** Stops it for good. Resolves when it has ended. */
  remove(): Promise<void>;
}
