import { type Classify, classify, type Fault } from '../faults/index.ts';
import { Signals } from '../signals/index.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../time/index.ts';
import { defaultLoopLimits, type LoopLimits } from './loop-guard.ts';
import type { RecoveryStrategy } from './recovery-strategy.ts';
import { StrategyRegistry } from './strategy-registry.ts';

export interface ErrorHandlerOptions {
  /** What is done about faults, by the names that they declare. Default: nothing. */
  readonly strategies?: StrategyRegistry | Iterable<RecoveryStrategy>;
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
  /** Where it reports. Default: a bus of its own, heard by nobody. */
  readonly signals?: Signals;
  readonly clock?: Clock;
  readonly random?: Random;
}

type CheckedOptions = Required<ErrorHandlerOptions> & { readonly strategies: StrategyRegistry };

/** The options with their defaults. Throws a RangeError that names the option, what was got and what is allowed. */
export function checkHandlerOptions(options: ErrorHandlerOptions): CheckedOptions {
  const { strategies = [], strategyTimeoutMs = 30_000, maxCurrentFaults = 1000 } = options;
  if (!(strategyTimeoutMs > 0 && strategyTimeoutMs < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`strategyTimeoutMs must be finite and above 0; got ${strategyTimeoutMs}`);
  }
  if (!(Number.isInteger(maxCurrentFaults) && maxCurrentFaults >= 1)) {
    throw new RangeError(`maxCurrentFaults must be a whole number, 1 or more; got ${maxCurrentFaults}`);
  }
  return {
    fallback: 'default_fallback',
    restartComponent: () => false,
    classify,
    loopLimits: defaultLoopLimits,
    clock: systemClock,
    random: systemRandom,
    ...options,
    strategies: strategies instanceof StrategyRegistry ? strategies : new StrategyRegistry(strategies),
    strategyTimeoutMs,
    maxCurrentFaults,
    signals: options.signals ?? new Signals(),
  };
}
