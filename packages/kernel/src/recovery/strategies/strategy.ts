import type { PipelineOptions } from '../../policies/index.ts';
import type { RecoveryResult, RecoveryStrategy } from '../recovery-strategy.ts';

/** What every strategy may be told. */
export interface StrategyOptions {
  /** The name by which faults declare it, where it shall not be the usual one. */
  readonly name?: string;
  /** How long it may take in all. Above 0. Default: that of the handler. */
  readonly timeoutMs?: number;
}

/** What strategies that wait may be told, too. */
export interface TimedStrategyOptions extends StrategyOptions, PipelineOptions {
  /** The name by which faults declare it, where it shall not be the usual one; who its signals say they are. */
  readonly name?: string;
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
