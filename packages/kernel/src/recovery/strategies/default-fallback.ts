import type { Fault } from '../../faults/index.ts';
import type { ErrorContext, RecoveryStrategy } from '../recovery-strategy.ts';
import { result, type StrategyOptions, strategy } from './strategy.ts';

export interface DefaultFallbackOptions extends StrategyOptions {
  /** Makes the answer that always works, or sets the configuration that does. */
  answer(fault: Fault, context: ErrorContext, signal: AbortSignal): unknown;
}

/** `default_fallback`: goes on with the default, which is the output. Never shared between reports. */
export function defaultFallback(options: DefaultFallbackOptions): RecoveryStrategy {
  return strategy(
    'default_fallback',
    options,
    async (fault, context, { signal }) =>
      result(true, true, 'Using the default', await options.answer(fault, context, signal)),
    false,
  );
}
