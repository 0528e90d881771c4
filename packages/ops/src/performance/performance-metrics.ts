/**
 * Where a performance monitor's figures go; instruments of `@sustain/ops/metrics` fit as they are:
 * `{ durations: metrics.histogram('sustain_operation_duration_seconds', …), errors: metrics.counter('sustain_operation_errors_total', …) }`.
 * What throws is counted as lost, and nobody else hears of it.
 */
export interface PerformanceMetrics {
  /** Of successes, in seconds. Asked for its series once an operation. */
  readonly durations?: {
    labels(labels: { readonly operation: string }): { observe(seconds: number): void };
  };
  /** Failures, by the error's code, or its name where it has none. */
  readonly errors?: {
    labels(labels: { readonly operation: string; readonly type: string }): { add(count: number): void };
  };
}
