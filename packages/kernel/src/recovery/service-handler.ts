import type { Fault } from '../faults/index.ts';
import type { PipelineOptions } from '../policies/index.ts';
import { Signals } from '../signals/index.ts';
import { type CircuitBreakerOptions, circuitBreaker } from './circuit-breaker.ts';
import type { Decorator } from './decorate.ts';
import { logDegradation } from './degradation-log.ts';
import { contextOf, ErrorHandler } from './error-handler.ts';
import type { ErrorHandlerOptions } from './error-handler-options.ts';
import type { ErrorResponse } from './error-response.ts';
import { faultRaised } from './recovery-signals.ts';
import type { ErrorContext, RecoveryResult } from './recovery-strategy.ts';
import { type WithRetryOptions, withRetry } from './with-retry.ts';

/** Where errors are reported to: an error tracker. */
export interface ErrorReporter {
  /** What it answers is ignored; what it throws is counted by the signals, and reaches nobody else. */
  report(fault: Fault, context: ErrorContext): unknown;
}

export interface ServiceHandlerOptions extends ErrorHandlerOptions {
  /** Told of every fault that is reported here, save in a storm. Default: nobody. */
  readonly reporter?: ErrorReporter;
  /** Where it reports, and the reporter listens. Default: a bus of its own. */
  readonly signals?: Signals;
}

/** What one service needs for its errors, in one place. Its functions may be taken off it. */
export interface ServiceHandler {
  readonly serviceName: string;
  readonly handler: ErrorHandler;
  /** `ErrorHandler.handleError`. The component is the service, unless the context names another. */
  readonly handleError: (error: unknown, context?: Partial<ErrorContext>) => Promise<ErrorResponse>;
  /** `ErrorHandler.recover`. Default strategy `fallback`. */
  readonly recover: (
    error: unknown,
    strategy?: string,
    context?: Partial<ErrorContext>,
  ) => Promise<RecoveryResult>;
  /** Says that the way `step` failed and a lesser one is next. */
  readonly logDegradation: (step: string, error: unknown) => void;
  /** `withRetry` and `circuitBreaker` on the clock, the chance and the signals of the service, and in its name. */
  readonly withRetry: (options?: WithRetryOptions) => Decorator;
  readonly circuitBreaker: <F = never>(options?: CircuitBreakerOptions<F>) => Decorator<F>;
  /** The reporter is told no more. */
  readonly close: () => void;
}

/** Error handling for one service. Throws a RangeError when an option is out of range. */
export function createServiceHandler(
  serviceName: string,
  options: ServiceHandlerOptions = {},
): ServiceHandler {
  const { reporter, clock, random, signals = new Signals(options) } = options;
  const handler = new ErrorHandler({ ...options, signals });
  const environment = { name: serviceName, signals, clock, random } as PipelineOptions;
  const here = (context: Partial<ErrorContext> | undefined) => ({
    ...contextOf(context, serviceName),
    service: serviceName,
  });
  const close = signals.on(faultRaised, ({ data: { component, fault, facts } }) =>
    // Others may speak on the same bus.
    facts['service'] === serviceName ? reporter?.report(fault, { ...facts, component }) : undefined,
  );
  return {
    serviceName,
    handler,
    handleError: (error, context) => handler.handleError(error, here(context)),
    recover: (error, strategy, context) => handler.recover(error, strategy, here(context)),
    logDegradation: (step, error) => logDegradation(signals, serviceName, step, error),
    withRetry: (own) => withRetry({ ...environment, ...own }),
    circuitBreaker: (own) => circuitBreaker({ ...environment, ...own }),
    close,
  };
}
