import type { SignalSink } from '../../signals/index.ts';
import type { Clock, Random } from '../../time/index.ts';
import type { RecoveryResult, RecoveryStrategy } from '../recovery-strategy.ts';

/** What every strategy may be told. */
export interface StrategyOptions {
  /** The name by which faults declare it, where it shall not be the usual one. */
  readonly name?: string;
  /** How long it may take in all. Above 0. Default: that of the handler. */
  readonly timeoutMs?: number;
}

/** What strategies that wait may be told. */
export interface TimedStrategyOptions extends StrategyOptions {
  /** Default: the host's time. */
  readonly clock?: Clock;
  /** What jitter is drawn from. Default: the host's randomness. */
  readonly random?: Random;
  /** Where attempts are told. Default: a bus of its own, heard by nobody. */
  readonly signals?: SignalSink;
}

export function strategy(
  usualName: string,
  { name = usualName, timeoutMs }: StrategyOptions,
  recover: RecoveryStrategy['recover'],
  shared = true,
): RecoveryStrategy {
  return { name, timeoutMs, shared, recover };
}

export function result(
  success: boolean,
  fallbackUsed: boolean,
  message: string,
  output?: unknown,
): RecoveryResult {
  return { success, fallbackUsed, message, output };
}
