import { type Clock, systemClock } from '@sustain/kernel';
import { checkOptions, POSITIVE } from '@sustain/kernel/options';
import { OutcomeWindow } from '../outcomes/index.ts';
import type { Counter } from './counter.ts';
import type { Gauge } from './gauge.ts';
import type { Histogram } from './histogram.ts';
import type { Metrics } from './metrics.ts';

/** What was done. */
export interface OperationRecord {
  /** Who did it: `sessions`, `llm`. */
  readonly service: string;
  /** What it did: `create_session`. */
  readonly operation: string;
  readonly durationMs: number;
  /** What the caller cancelled is neither success nor failure: it counts in no ratio and no response time. */
  readonly outcome: 'success' | 'failure' | 'cancelled';
}

/**
 * The figures that the seeds ask for, in base units:
 *
 * | seeds | here |
 * |---|---|
 * | response_time_seconds | `sustain_response_time_seconds`, and the last one as `sustain_last_response_time_seconds` |
 * | audio_latency_ms | `sustain_audio_latency_seconds`, and the last one as `sustain_last_audio_latency_seconds` |
 * | error_count | `sustain_errors_total{type}` |
 * | operation counts | `sustain_operations_total{service,operation,outcome}` |
 * | success rates | `sustain_success_ratio{service}`, of the window; absent when nothing was tried in it |
 * | service availability | `sustain_service_available{service}` |
 */
export interface ServiceMetrics {
  recordOperation(record: OperationRecord): void;
  /** From when the audio was there until it was out. `path`: `capture`, `playback`. */
  recordAudioLatency(latencyMs: number, path: string): void;
  recordError(type: string): void;
  setAvailable(service: string, isAvailable: boolean): void;
  /** Ends the reading of the ratios; idempotent. */
  stop(): void;
}

export interface ServiceMetricsOptions {
  /** Over how long the success ratio is taken. Milliseconds, above 0. Default 300,000. */
  readonly windowMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** Throws a RangeError when an option is out of range. Recording never throws. */
export function serviceMetrics(metrics: Metrics, options: ServiceMetricsOptions = {}): ServiceMetrics {
  const { windowMs = 300_000, clock = systemClock } = options;
  checkOptions('service metrics', { windowMs: [windowMs, POSITIVE] });
  return new Figures(metrics, windowMs, clock);
}

/** Real-time audio is good below 0.02 s, and bad above 0.3 s. */
const audioBuckets = [0.005, 0.01, 0.02, 0.03, 0.04, 0.06, 0.1, 0.15, 0.2, 0.3, 0.5, 1, 2];

/** Of more services than these the ratio is that of all of them together. */
const MAX_SERVICES = 1000;

class Figures implements ServiceMetrics {
  readonly stop: () => void;
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #windows = new Map<string, OutcomeWindow>();
  readonly #operations: Counter<'service' | 'operation' | 'outcome'>;
  readonly #responseTimes: Histogram<'service' | 'operation'>;
  readonly #lastResponseTime: Gauge<'service' | 'operation'>;
  readonly #successRatio: Gauge<'service'>;
  readonly #available: Gauge<'service'>;
  readonly #audioLatencies: Histogram<'path'>;
  readonly #lastAudioLatency: Gauge<'path'>;
  readonly #errors: Counter<'type'>;

  constructor(metrics: Metrics, windowMs: number, clock: Clock) {
    this.#windowMs = windowMs;
    this.#clock = clock;
    this.#operations = metrics.counter('sustain_operations_total', {
      help: 'Operations, by what came of them.',
      labels: ['service', 'operation', 'outcome'],
    });
    this.#responseTimes = metrics.histogram('sustain_response_time_seconds', {
      help: 'How long operations took that were not cancelled.',
      labels: ['service', 'operation'],
    });
    this.#lastResponseTime = metrics.gauge('sustain_last_response_time_seconds', {
      help: 'How long the last operation took that was not cancelled.',
      labels: ['service', 'operation'],
    });
    this.#successRatio = metrics.gauge('sustain_success_ratio', {
      help: 'Successes among the operations of late that were not cancelled.',
      labels: ['service'],
    });
    this.#available = metrics.gauge('sustain_service_available', {
      help: 'Whether a service is of use: 1 or 0.',
      labels: ['service'],
    });
    this.#audioLatencies = metrics.histogram('sustain_audio_latency_seconds', {
      help: 'From when audio was there until it was out.',
      labels: ['path'],
      buckets: audioBuckets,
    });
    this.#lastAudioLatency = metrics.gauge('sustain_last_audio_latency_seconds', {
      help: 'The audio latency that was measured last.',
      labels: ['path'],
    });
    this.#errors = metrics.counter('sustain_errors_total', {
      help: 'Errors by type: the category of the fault, or what was recorded.',
      labels: ['type'],
    });
    this.stop = metrics.onRead(() => this.#readRatios());
  }

  recordOperation({ service, operation, durationMs, outcome }: OperationRecord): void {
    this.#operations.add(1, { service, operation, outcome });
    if (outcome === 'cancelled') return;
    this.#responseTimes.observe(durationMs / 1000, { service, operation });
    this.#lastResponseTime.set(durationMs / 1000, { service, operation });
    this.#windowOf(service).add(outcome, this.#clock.monotonicMs());
  }

  recordAudioLatency(latencyMs: number, path: string): void {
    this.#audioLatencies.observe(latencyMs / 1000, { path });
    this.#lastAudioLatency.set(latencyMs / 1000, { path });
  }

  recordError(type: string): void {
    this.#errors.add(1, { type });
  }

  setAvailable(service: string, isAvailable: boolean): void {
    this.#available.set(isAvailable ? 1 : 0, { service });
  }

  #windowOf(service: string): OutcomeWindow {
    const key = this.#windows.has(service) || this.#windows.size < MAX_SERVICES ? service : '__overflow__';
    const window = this.#windows.get(key) ?? new OutcomeWindow(this.#windowMs);
    this.#windows.set(key, window);
    return window;
  }

  #readRatios(): void {
    const nowMs = this.#clock.monotonicMs();
    for (const [service, window] of this.#windows) {
      const { successes, failures } = window.at(nowMs);
      if (successes + failures === 0) this.#successRatio.remove({ service });
      else this.#successRatio.set(successes / (successes + failures), { service });
    }
  }
}
