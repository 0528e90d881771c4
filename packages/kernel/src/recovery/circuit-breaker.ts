import { checkOptions, FUNCTION } from '../options/index.ts';
import { breaker, type PipelineOptions, pipeline } from '../policies/index.ts';
import { type Decorator, decorator } from './decorate.ts';

export interface CircuitBreakerOptions<F = never> extends PipelineOptions {
  /** Whose circuit it is, in signals and faults. Default `circuit`. */
  readonly name?: string;
  /** Opens after so many failures in a row. A whole number, 1 or more. Default 5. */
  readonly failureThreshold?: number;
  /** How long it stays open before a call is let through to see. Milliseconds, above 0. Default 60,000. */
  readonly timeoutMs?: number;
  /** Called with the same arguments instead while the circuit is open. Default: the call fails with CIRCUIT_OPEN. */
  // biome-ignore lint/suspicious/noExplicitAny: it takes what the protected function takes.
  readonly fallback?: (...args: any[]) => Promise<F> | F;
}

/**
 * Spares a service that fails: `breaker` for one function, by hand or as a decorator. All that one decorator protects
 * shares one circuit. Throws a RangeError or TypeError when an option is out of range.
 *
 * @example
 * const enhance = circuitBreaker({ failureThreshold: 5, timeoutMs: 60_000, fallback: enhanceHere })(callService);
 */
export function circuitBreaker<F = never>(options: CircuitBreakerOptions<F> = {}): Decorator<F> {
  const { name = 'circuit', failureThreshold = 5, timeoutMs = 60_000, fallback } = options;
  const policy = breaker({ name, consecutive: failureThreshold, openMs: timeoutMs });
  checkOptions('circuit breaker', { fallback: [fallback, FUNCTION] });
  return decorator(pipeline({ ...options, name }, policy), fallback);
}
