import { type Classify, classify, type Fault } from '../faults/index.ts';
import { noSignals, type SignalSink } from '../signals/index.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../time/index.ts';
import { checkPositive } from './check-positive.ts';
import type { LoopLimits } from './loop-guard.ts';
import { RecoveryManager } from './recovery-manager.ts';
import type { RecoveryStrategy } from './recovery-strategy.ts';

export interface ErrorHandlerOptions {
  /** What is done about faults, by the names that they declare. Default: nothing. */
  readonly strategies?: RecoveryManager | Iterable<RecoveryStrategy>;
  /** The strategy tried for ERROR and CRITICAL when their own does not succeed. Default `default_fallback`, where there is one. */
  readonly fallback?: string;
  /** How long a strategy may take that does not say so itself. Default 30 000. */
  readonly strategyTimeoutMs?: number;
  /**
   * Restarts a component, for CRITICAL faults, and answers whether it does: a supervisor's `restart`. A request, not
   * waited for. Default: nobody does.
   */
  readonly restartComponent?: (component: string, fault: Fault) => boolean;
  /** Makes a fault of anything thrown. Default: the kernel's. */
  readonly classify?: Classify;
  /** How many faults are kept as current. Default 1000. */
  readonly maxCurrentFaults?: number;
  readonly loopLimits?: Partial<LoopLimits>;
  /** Where it reports. Default: nowhere. */
  readonly signals?: SignalSink;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** The options with their defaults. */
export type CheckedOptions = Required<ErrorHandlerOptions> & { readonly strategies: RecoveryManager };

/** The options with their defaults. Throws a RangeError that names the option, what was got and what is allowed. */
export function checkHandlerOptions(options: ErrorHandlerOptions): CheckedOptions {
  const { strategies = [], strategyTimeoutMs = 30_000, maxCurrentFaults = 1000 } = options;
  checkPositive('strategyTimeoutMs', strategyTimeoutMs);
  checkPositive('maxCurrentFaults', maxCurrentFaults, true);
  return {
    fallback: 'default_fallback',
    restartComponent: () => false,
    classify,
    loopLimits: {},
    clock: systemClock,
    random: systemRandom,
    signals: noSignals,
    ...options,
    strategies: strategies instanceof RecoveryManager ? strategies : new RecoveryManager(strategies),
    strategyTimeoutMs,
    maxCurrentFaults,
  };
}
