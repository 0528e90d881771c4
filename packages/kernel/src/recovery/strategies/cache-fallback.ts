import type { ErrorContext, RecoveryStrategy } from '../recovery-strategy.ts';
import { result, type StrategyOptions, strategy } from './strategy.ts';

export interface CacheFallbackOptions extends StrategyOptions {
  /** The cached response to what was asked, which the context tells. Nothing: undefined, null or an empty text. */
  lookUp(context: ErrorContext, signal: AbortSignal): unknown;
}

/** `cache_fallback`: answers what was answered before; the output is that response. Never shared between reports. */
export function cacheFallback(options: CacheFallbackOptions): RecoveryStrategy {
  return strategy(
    'cache_fallback',
    options,
    async (_fault, context, { signal }) => {
      const cached = (await options.lookUp(context, signal)) ?? '';
      return cached === ''
        ? result(false, false, 'No cached response available')
        : result(true, true, 'Using cached response', cached);
    },
    false,
  );
}
