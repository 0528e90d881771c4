import {
  type Clock,
  currentOperation,
  defineSignal,
  headOf,
  isCancelled,
  noSignals,
  type SignalChannel,
  type SignalSink,
  systemClock,
} from '@sustain/kernel';
import { COUNT, checkOption, checkOptions, POSITIVE, TEXT, WAIT } from '@sustain/kernel/options';
import { OutcomeWindow } from '../../outcomes/index.ts';
import type { Criticality, HealthCheck, HealthResult } from '../health-check.ts';
import { safeMessage } from '../safe-message.ts';
import { judgeService } from './judge-service.ts';
import { LastTimes } from './last-times.ts';
import type { ServiceStatus } from './service-status.ts';

export interface ServiceHealthOptions {
  /** Of the service, in signals and as the name of its check: `sessions`. */
  readonly name: string;
  /** The share of successes in the window from which on the service is available. Above 0, up to 1. Default 0.8. */
  readonly successRateThreshold?: number;
  /** Fewer operations than this in the window are no evidence that it is away: failures among them degrade. Default 5. */
  readonly minimumOperations?: number;
  /** From which duration on an operation is slow. Milliseconds, above 0. Default 5000. */
  readonly slowMs?: number;
  /** How many response times are kept, those of the window's last operations. A whole number, 1 or more. Default 100. */
  readonly responseTimes?: number;
  /** How far back rates and response times look. Milliseconds, above 0. Default 5 minutes. */
  readonly windowMs?: number;
  /** Where `service.slow` is told. Default: nowhere. */
  readonly signals?: SignalSink;
  readonly clock?: Clock;
}

/** How an operation ended. What a user no longer wanted is neither success nor failure. */
export type ServiceOutcome = 'success' | 'failure' | 'cancelled';

/** An operation of a service took as long as the threshold, or longer. */
export const serviceSlow = defineSignal<SlowService>('service.slow');

export interface SlowService {
  readonly durationMs: number;
  readonly thresholdMs: number;
  readonly outcome: 'success' | 'failure';
}

export interface ServiceCheckOptions {
  /** Default: that of the service. */
  readonly name?: string;
  readonly criticality?: Criticality;
  readonly cacheMs?: number;
  readonly timeoutMs?: number;
  /**
   * A real operation that each look tries before it judges; counted like any other, and unhealthy when it fails. Without
   * one, a service that nobody uses stays what it was last seen as until the window is over.
   */
  readonly probe?: (signal: AbortSignal) => unknown;
}

/**
 * How a service is doing, by how its operations end: rates, response times, the last error, and whether it counts as
 * available. Recording is O(1), in fixed memory. The constructor throws a RangeError or TypeError when an option is out of range.
 */
export class ServiceHealth {
  readonly name: string;
  readonly #threshold: number;
  readonly #minimumOperations: number;
  readonly #slowMs: number;
  readonly #windowMs: number;
  readonly #clock: Clock;
  readonly #slow: SignalChannel<SlowService>;
  readonly #window: OutcomeWindow;
  readonly #times: LastTimes;
  readonly #total = { success: 0, failure: 0, cancelled: 0, slow: 0 };
  /** As it was thrown: what it says is read when somebody asks. */
  #lastError: { readonly error: unknown; readonly wallMs: number } | undefined;

  constructor(options: ServiceHealthOptions) {
    const { name, successRateThreshold = 0.8, minimumOperations = 5, slowMs = 5000 } = options;
    const { responseTimes = 100, windowMs = 300_000, signals = noSignals, clock = systemClock } = options;
    checkOptions('ServiceHealth', {
      name: [name, TEXT],
      successRateThreshold: [successRateThreshold, { least: 0, above: true, most: 1 }],
      minimumOperations: [minimumOperations, COUNT],
      slowMs: [slowMs, POSITIVE],
      responseTimes: [responseTimes, COUNT],
      windowMs: [windowMs, POSITIVE],
    });
    this.name = name;
    this.#threshold = successRateThreshold;
    this.#minimumOperations = minimumOperations;
    this.#slowMs = slowMs;
    this.#windowMs = windowMs;
    this.#clock = clock;
    this.#slow = signals.channel(serviceSlow);
    this.#window = new OutcomeWindow(windowMs);
    this.#times = new LastTimes(responseTimes);
  }

  /** An operation has ended. `durationMs` is 0 or more; `error` is what a failure was. */
  record(outcome: ServiceOutcome, durationMs: number, error?: unknown): void {
    // Asked first, as the text costs more than all the rest.
    if (!(durationMs >= 0)) checkOption(`durationMs of ${this.name}`, durationMs, WAIT);
    this.#total[outcome]++;
    if (outcome === 'cancelled') return;
    const nowMs = this.#clock.monotonicMs();
    this.#window.add(outcome, nowMs);
    this.#times.record(durationMs, nowMs);
    if (outcome === 'failure') this.#lastError = { error, wallMs: this.#clock.wallMs() };
    if (durationMs < this.#slowMs) return;
    this.#total.slow++;
    if (!this.#slow.heard) return;
    const origin = { source: this.name, operationId: currentOperation()?.id };
    this.#slow.emit({ durationMs, thresholdMs: this.#slowMs, outcome }, origin);
  }

  /** Does `work` and records how it ends. Answers, or throws, what it does. */
  track<T>(work: () => T | Promise<T>): Promise<T> {
    return this.#track(work);
  }

  status(): ServiceStatus {
    const nowMs = this.#clock.monotonicMs();
    const { successes, failures } = this.#window.at(nowMs);
    const attempts = successes + failures;
    const successRate = attempts === 0 ? 1 : successes / attempts;
    const { success, failure, cancelled, slow } = this.#total;
    const isAvailable = successRate >= this.#threshold || attempts < this.#minimumOperations;
    return {
      name: this.name,
      available: isAvailable,
      successRateThreshold: this.#threshold,
      recent: { operations: attempts, failures, successRate, errorRate: 1 - successRate },
      total: { operations: success + failure, successes: success, failures: failure, cancelled, slow },
      responseTimes: this.#times.since(nowMs - this.#windowMs),
      slowMs: this.#slowMs,
      lastError: this.#lastError && {
        ...errorInfo(this.#lastError.error),
        timestamp: this.#lastError.wallMs,
      },
    };
  }

  /** The service as a health check. */
  check(options: ServiceCheckOptions = {}): HealthCheck {
    const { probe, name = this.name, ...rest } = options;
    return {
      ...rest,
      name,
      check: async (signal): Promise<HealthResult> => {
        if (probe !== undefined) await this.#track(() => probe(signal), signal);
        return judgeService(this.status());
      },
    };
  }

  /** What stops because `timeUp` is aborted was too slow, and not cancelled by a user. */
  async #track<T>(work: () => T | Promise<T>, timeUp?: AbortSignal): Promise<T> {
    const startMs = this.#clock.monotonicMs();
    try {
      const result = await work();
      this.record('success', this.#clock.monotonicMs() - startMs);
      return result;
    } catch (error) {
      const outcome = isCancelled(error) && !timeUp?.aborted ? 'cancelled' : 'failure';
      this.record(outcome, this.#clock.monotonicMs() - startMs, error);
      throw error;
    }
  }
}

function errorInfo(error: unknown): {
  readonly name: string;
  readonly code?: string;
  readonly message: string;
} {
  const { name, code, message } = headOf(error);
  return { name, ...(code !== undefined && { code }), message: safeMessage(message) };
}
