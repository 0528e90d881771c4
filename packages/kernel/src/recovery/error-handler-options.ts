import type { Classify, Fault } from '../faults/index.ts';
import type { SignalSink } from '../signals/index.ts';
import type { Clock, Random } from '../time/index.ts';
import type { LoopLimits } from './loop-guard.ts';
import type { RecoveryManager } from './recovery-manager.ts';
import type { RecoveryStrategy } from './recovery-strategy.ts';

export interface ErrorHandlerOptions {
  /** What is done about faults, by the names that they declare. Default: nothing. */
  readonly strategies?: RecoveryManager | Iterable<RecoveryStrategy>;
  /** The strategy tried for ERROR and CRITICAL when their own does not succeed. Default `default_fallback`, where there is one. */
  readonly fallback?: string;
  /** How long a strategy may take that does not say so itself. Above 0. Default 30,000. */
  readonly strategyTimeoutMs?: number;
  /**
   * Restarts a component, for CRITICAL faults, and answers whether it does: a supervisor's `restart`. A request, not
   * waited for. Default: nobody does.
   */
  readonly restartComponent?: (component: string, fault: Fault) => boolean;
  /** Makes a fault of anything thrown. Default: the kernel's. */
  readonly classify?: Classify;
  readonly loopLimits?: LoopLimits;
  /** Where it reports. Default: nowhere. */
  readonly signals?: SignalSink;
  readonly clock?: Clock;
  readonly random?: Random;
}
