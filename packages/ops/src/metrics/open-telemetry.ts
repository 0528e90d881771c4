import { type Clock, systemClock, type Timer } from '@sustain/kernel';
import { checkOptions, FUNCTION, POSITIVE, TEXT } from '@sustain/kernel/options';
import { gaugeValue } from './gauge.ts';
import type { BaseUnit } from './metric-name.ts';
import type { Metrics } from './metrics.ts';
import { metricsFaults } from './metrics-faults.ts';
import type { AnyInstrument } from './prometheus.ts';

/** What we use of a meter of `@opentelemetry/api`. */
export interface OpenTelemetryMeter {
  createObservableCounter(name: string, options?: MeterOptions): Observable;
  createObservableGauge(name: string, options?: MeterOptions): Observable;
  createHistogram(
    name: string,
    options?: MeterOptions,
  ): { record(value: number, attributes?: Attributes): void };
}

/** What we use of the module `@opentelemetry/api`. */
export interface OpenTelemetryApi {
  readonly metrics: { getMeter(name: string): OpenTelemetryMeter };
  createNoopMeter(): OpenTelemetryMeter;
}

export interface OpenTelemetryOptions {
  /** The name of the meter. Default `@sustain/ops`. */
  readonly meterName?: string | undefined;
  /**
   * Loads the API. Where the program has several copies of it, this must be the one with which its SDK is registered:
   * `load: () => import('@opentelemetry/api')`, written in the program. Default: the copy that we find.
   */
  readonly load?: (() => Promise<OpenTelemetryApi>) | undefined;
  /** How often to look whether an SDK has come, or another one. Above 0. Default 1000. */
  readonly lookEveryMs?: number | undefined;
  readonly clock?: Clock | undefined;
}

/** How it stands with an export. */
export interface OpenTelemetryExport {
  /**
   * `waiting`: no SDK is registered yet. `foreign`: one is, but with a copy of the API that ours does not understand: give
   * that one as `load`. `stopped`: by `stop`.
   */
  readonly state: 'waiting' | 'foreign' | 'exporting' | 'stopped';
  /** Idempotent. */
  stop(): void;
}

/**
 * Lets an OpenTelemetry SDK read the metrics, whenever it is registered, and again when it is replaced: until then there
 * is nothing but a meter that does nothing, and one who got that would keep it.
 *
 * Counters and gauges are read when the SDK collects, so they have the very figures that Prometheus has, and an export
 * that failed is made up for by the next. Histograms are told every value from then on; what they had before, and what
 * came from other threads, stays with Prometheus. A series that is removed here lives on in an SDK that exports cumulative
 * sums, as its own copy. Rejects with METRICS_PEER_MISSING where the API is not installed.
 */
export async function exportToOpenTelemetry(
  metrics: Metrics,
  options: OpenTelemetryOptions = {},
): Promise<OpenTelemetryExport> {
  const { meterName = '@sustain/ops', lookEveryMs = 1000, clock = systemClock } = options;
  const { load = () => import('@opentelemetry/api') } = options;
  checkOptions('OpenTelemetry export', {
    meterName: [meterName, TEXT],
    lookEveryMs: [lookEveryMs, POSITIVE],
    load: [load, FUNCTION],
  });
  return new Export(metrics, await loaded(load), meterName, lookEveryMs, clock);
}

async function loaded(load: () => Promise<OpenTelemetryApi>): Promise<OpenTelemetryApi> {
  try {
    return await load();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    const context = { peer: '@opentelemetry/api', purpose: 'the export to OpenTelemetry' };
    throw metricsFaults.METRICS_PEER_MISSING(context, { cause: error });
  }
}

class Export implements OpenTelemetryExport {
  state: OpenTelemetryExport['state'] = 'waiting';
  readonly #metrics: Metrics;
  readonly #api: OpenTelemetryApi;
  readonly #meterName: string;
  readonly #lookEveryMs: number;
  readonly #clock: Clock;
  #meter: OpenTelemetryMeter | undefined;
  #detach: (() => void)[] = [];
  #timer: Timer | undefined;

  constructor(metrics: Metrics, api: OpenTelemetryApi, meterName: string, lookEveryMs: number, clock: Clock) {
    this.#metrics = metrics;
    this.#api = api;
    this.#meterName = meterName;
    this.#lookEveryMs = lookEveryMs;
    this.#clock = clock;
    this.#look();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#leave();
    this.state = 'stopped';
  }

  #look(): void {
    this.#timer = this.#clock.schedule(this.#lookEveryMs, () => this.#look(), { keepAlive: false });
    const meter = this.#api.metrics.getMeter(this.#meterName);
    if (meter === this.#meter) return;
    this.#leave();
    if (meter === this.#api.createNoopMeter()) {
      this.state = isForeignThere() ? 'foreign' : 'waiting';
      return;
    }
    this.#meter = meter;
    this.state = 'exporting';
    const stopListening = this.#metrics.onInstrument((instrument) => {
      this.#detach.push(attach(meter, instrument as AnyInstrument, this.#metrics));
    });
    this.#detach.push(stopListening);
  }

  #leave(): void {
    for (const detach of this.#detach.splice(0)) detach();
    this.#meter = undefined;
  }
}

function attach(meter: OpenTelemetryMeter, instrument: AnyInstrument, metrics: Metrics): () => void {
  const { name, help: description, unit } = instrument;
  const options = { description, ...(unit !== undefined && { unit: ucum[unit] }) };
  if (instrument.kind === 'histogram') {
    const advice = { explicitBucketBoundaries: [...instrument.buckets] };
    const histogram = meter.createHistogram(name, { ...options, advice });
    return instrument.listen((value, labels) => histogram.record(value, labels));
  }
  const observable =
    instrument.kind === 'gauge'
      ? meter.createObservableGauge(name, options)
      : meter.createObservableCounter(name, options);
  const observe = (result: ObservableResult) => {
    metrics.collect();
    if (instrument.kind === 'gauge')
      for (const cell of instrument.table.cells()) result.observe(gaugeValue(cell), cell.labels);
    else for (const cell of instrument.table.cells()) result.observe(cell.value, cell.labels);
  };
  observable.addCallback(observe);
  return () => observable.removeCallback(observe);
}

/** Whether any copy of the API, of whatever version, has an SDK for metrics. */
function isForeignThere(): boolean {
  return Object.getOwnPropertySymbols(globalThis)
    .filter((symbol) => symbol.description?.startsWith('opentelemetry.js.api.'))
    .some((symbol) => (globalThis as Record<symbol, { metrics?: unknown }>)[symbol]?.metrics !== undefined);
}

/** https://ucum.org, which OpenTelemetry's conventions name. */
const ucum: Readonly<Record<BaseUnit, string>> = {
  seconds: 's',
  bytes: 'By',
  ratio: '1',
  celsius: 'Cel',
  meters: 'm',
  volts: 'V',
  amperes: 'A',
  joules: 'J',
  grams: 'g',
};

type Attributes = Readonly<Record<string, string>>;

interface MeterOptions {
  description?: string;
  unit?: string;
  advice?: { explicitBucketBoundaries?: number[] };
}

interface ObservableResult {
  observe(value: number, attributes?: Attributes): void;
}

interface Observable {
  addCallback(callback: (result: ObservableResult) => void): void;
  removeCallback(callback: (result: ObservableResult) => void): void;
}
