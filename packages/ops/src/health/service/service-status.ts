import type { ResponseTimes } from './last-times.ts';

/** What is known of a service. Rates are 0..1; without operations the success rate is 1. */
export interface ServiceStatus {
  readonly name: string;
  /** Whether it may be relied on: its success rate reaches the threshold, or too few operations tell otherwise. */
  readonly available: boolean;
  readonly successRateThreshold: number;
  /** In the window. */
  readonly recent: {
    readonly operations: number;
    readonly failures: number;
    readonly successRate: number;
    /** Failures over attempts. */
    readonly errorRate: number;
  };
  /** Since the beginning. What was cancelled is no operation. */
  readonly total: {
    readonly operations: number;
    readonly successes: number;
    readonly failures: number;
    readonly cancelled: number;
    readonly slow: number;
  };
  /** Of the last operations in the window, failed ones included. */
  readonly responseTimes: ResponseTimes;
  readonly slowMs: number;
  readonly lastError:
    | {
        readonly name: string;
        readonly code?: string;
        /** Its first line, nothing secret in it. */
        readonly message: string;
        /** Unix milliseconds. */
        readonly timestamp: number;
      }
    | undefined;
}
