import type { Fault } from '../faults/index.ts';
import type { RecoveryManagerOptions } from './recovery-manager.ts';
import type { ErrorContext } from './recovery-strategy.ts';

/**
 * Where errors are reported to: an error tracker. What it answers is ignored; what it throws is counted, and reaches
 * nobody else.
 */
export type ErrorReporter = (fault: Fault, context: ErrorContext) => unknown;

export interface ErrorHandlerOptions extends RecoveryManagerOptions {
  /** The component of errors whose context names none: the service that it handles errors for. Default `unknown`. */
  readonly component?: string;
  /** Told of every fault that is reported here, save in a storm. Default: nobody. */
  readonly reporter?: ErrorReporter;
  /** The strategy tried for ERROR and CRITICAL when their own does not succeed. Default `default_fallback`, where there is one. */
  readonly fallback?: string;
}
