import {
  type Clock,
  currentOperation,
  headOf,
  isCancelled,
  noSignals,
  type SignalChannel,
  type SignalSink,
  systemClock,
} from '@sustain/kernel';
import { COUNT, checkOptions, FUNCTION, POSITIVE, TEXT } from '@sustain/kernel/options';
import { OperationTimes, type RecentTimes } from './operation-times.ts';
import type { PerformanceMetrics } from './performance-metrics.ts';
import { operationSlow, type SlowOperation } from './performance-signals.ts';
import { type Tracked, type TrackedDecorator, trackedDecorator } from './tracked.ts';

export interface PerformanceMonitorOptions {
  /** From which duration on an operation is slow. Milliseconds, above 0. Default 1000. */
  readonly slowMs?: number;
  /** How far back percentiles look: the last half to whole of this. Milliseconds, above 0. Default 5 minutes. */
  readonly windowMs?: number;
  /** Operations told apart, 80 KiB each; those that come later are `__overflow__`. A whole number, 1 or more. Default 100. */
  readonly maxOperations?: number;
  /** Hears of each slow operation, synchronously; what it throws is counted in `lost`. */
  readonly onSlow?: (slow: SlowOperation) => void;
  /** Where the figures go as well. Default: nowhere. */
  readonly metrics?: PerformanceMetrics;
  /** Where `performance.slow` is told. Default: nowhere. */
  readonly signals?: SignalSink;
  readonly clock?: Clock;
}

/** What is known of an operation. Counts are since the monitor was made, `recent` is of the window. */
export interface OperationFigures {
  readonly name: string;
  readonly successes: number;
  readonly errors: number;
  /** Calls that somebody no longer wanted: neither successes nor errors, and not timed. */
  readonly cancelled: number;
  readonly slow: number;
  /** Calls that have begun and not ended. */
  readonly inFlight: number;
  /** Durations of successes. */
  readonly recent: RecentTimes;
}

/** The name of all operations beyond `maxOperations`. */
export const OVERFLOW = '__overflow__';

/**
 * Measures operations: the duration of each success, and the number of errors, which are thrown on as they came.
 *
 * What is tracked behaves as without: a function that answers at once still does, a promise still rejects unhandled when
 * nobody handles it. Recording is O(1) and takes no memory but the 80 KiB of a new operation. The constructor throws a
 * RangeError or TypeError when an option is out of range.
 */
export class PerformanceMonitor {
  /** Figures that could not be handed on, because `metrics` or `onSlow` threw. */
  lost = 0;
  /** `tracked('mix')` wraps a function by hand, or a method as a TC39 decorator: `@performance.tracked('mix')`. */
  readonly tracked: (name: string) => TrackedDecorator;
  readonly #slowMs: number;
  readonly #windowMs: number;
  readonly #maxOperations: number;
  readonly #onSlow: ((slow: SlowOperation) => void) | undefined;
  readonly #metrics: PerformanceMetrics | undefined;
  readonly #slow: SignalChannel<SlowOperation>;
  readonly #clock: Clock;
  readonly #operations = new Map<string, Operation>();

  constructor(options: PerformanceMonitorOptions = {}) {
    const { slowMs = 1000, windowMs = 300_000, maxOperations = 100, onSlow } = options;
    checkOptions('PerformanceMonitor', {
      slowMs: [slowMs, POSITIVE],
      windowMs: [windowMs, POSITIVE],
      maxOperations: [maxOperations, COUNT],
      onSlow: [onSlow, FUNCTION],
    });
    this.#slowMs = slowMs;
    this.#windowMs = windowMs;
    this.#maxOperations = maxOperations;
    this.#onSlow = onSlow;
    this.#metrics = options.metrics;
    this.#slow = (options.signals ?? noSignals).channel(operationSlow);
    this.#clock = options.clock ?? systemClock;
    this.tracked = (name) => trackedDecorator((work) => this.trackOperation(name, work));
  }

  /** Does `work`, and answers what it answers. Throws a TypeError for a name that is no text. */
  trackOperation<T>(name: string, work: () => T): T {
    const operation = this.#operations.get(name) ?? this.#add(name);
    const startMs = this.#clock.monotonicMs();
    operation.inFlight++;
    let result: T;
    try {
      result = work();
    } catch (error) {
      this.#failed(operation, startMs, error);
      throw error;
    }
    if (isThenable(result)) {
      return result.then(
        (value) => {
          this.#succeeded(operation, startMs);
          return value;
        },
        (error) => {
          this.#failed(operation, startMs, error);
          throw error;
        },
      ) as T;
    }
    this.#succeeded(operation, startMs);
    return result;
  }

  /** The same function, tracked: `this` and the arguments are handed through. */
  wrap<F extends Tracked>(name: string, work: F): F {
    return this.tracked(name)(work);
  }

  /** All operations, in the order in which they came. */
  operations(): readonly OperationFigures[] {
    return [...this.#operations.values()].map((operation) => this.#figures(operation));
  }

  /** One operation; undefined when it has never begun, or is part of `__overflow__`. */
  operation(name: string): OperationFigures | undefined {
    const operation = this.#operations.get(name);
    return operation && this.#figures(operation);
  }

  #figures({ times, series: _, ...counts }: Operation): OperationFigures {
    return { ...counts, recent: times.recent(this.#clock.monotonicMs()) };
  }

  #add(name: string): Operation {
    checkOptions('operation', { name: [name, TEXT] });
    const isFull = this.#operations.size >= this.#maxOperations;
    const own = isFull ? OVERFLOW : name;
    const known = this.#operations.get(own);
    if (known !== undefined) return known;
    const operation: Operation = {
      name: own,
      successes: 0,
      errors: 0,
      cancelled: 0,
      slow: 0,
      inFlight: 0,
      times: new OperationTimes(this.#windowMs, this.#clock.monotonicMs()),
      series: undefined,
    };
    this.#hand(() => {
      operation.series = this.#metrics?.durations?.labels({ operation: own });
    });
    this.#operations.set(own, operation);
    return operation;
  }

  #succeeded(operation: Operation, startMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    const durationMs = nowMs - startMs;
    operation.inFlight--;
    operation.successes++;
    operation.times.record(durationMs, nowMs);
    const { series } = operation;
    if (series !== undefined) this.#hand(() => series.observe(durationMs / 1000));
    if (durationMs >= this.#slowMs) this.#sayIsSlow(operation, durationMs, 'success');
  }

  #failed(operation: Operation, startMs: number, error: unknown): void {
    operation.inFlight--;
    if (isCancelled(error)) {
      operation.cancelled++;
      return;
    }
    operation.errors++;
    const errors = this.#metrics?.errors;
    if (errors !== undefined) {
      const { code, name } = headOf(error);
      this.#hand(() => errors.labels({ operation: operation.name, type: code ?? name }).add(1));
    }
    const durationMs = this.#clock.monotonicMs() - startMs;
    if (durationMs >= this.#slowMs) this.#sayIsSlow(operation, durationMs, 'failure');
  }

  #sayIsSlow(operation: Operation, durationMs: number, outcome: SlowOperation['outcome']): void {
    operation.slow++;
    const slow = { operation: operation.name, durationMs, thresholdMs: this.#slowMs, outcome };
    const onSlow = this.#onSlow;
    if (onSlow !== undefined) this.#hand(() => onSlow(slow));
    if (this.#slow.heard)
      this.#slow.emit(slow, { source: 'performance', operationId: currentOperation()?.id });
  }

  /** Whoever takes the figures must not break the work. */
  #hand(give: () => void): void {
    try {
      give();
    } catch {
      this.lost++;
    }
  }
}

interface Operation {
  readonly name: string;
  successes: number;
  errors: number;
  cancelled: number;
  slow: number;
  inFlight: number;
  readonly times: OperationTimes;
  series: { observe(seconds: number): void } | undefined;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value instanceof Promise || typeof (value as PromiseLike<unknown> | undefined)?.then === 'function';
}
