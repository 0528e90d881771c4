import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as api from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { SimulatedClock } from '@sustain/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics, exportToOpenTelemetry, type Metrics, type OpenTelemetryApi } from './index.ts';
import { samplesOf } from './scrape.fixture.ts';

const help = 'Something that a test counts.';
const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  api.metrics.disable();
});

/** A real SDK, registered now; `read` is what its exporter is given, as Prometheus would write it. */
function registerSdk(to: Pick<typeof api, 'metrics'> = api) {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: 1e9,
    exportTimeoutMillis: 1e9,
  });
  const provider = new MeterProvider({ readers: [reader] });
  expect(to.metrics.setGlobalMeterProvider(provider)).toBe(true);
  ends.push(() => provider.shutdown());
  return {
    exporter,
    async read(): Promise<string[]> {
      exporter.reset();
      await reader.forceFlush();
      return exporter.getMetrics().flatMap((resource) => resource.scopeMetrics.flatMap(linesOf));
    },
  };
}

type Scope = ReturnType<InMemoryMetricExporter['getMetrics']>[number]['scopeMetrics'][number];

function linesOf({ metrics }: Scope): string[] {
  return metrics.flatMap(({ descriptor: { name }, dataPoints }) =>
    dataPoints.flatMap(({ value, attributes }) => {
      const labels = Object.entries(attributes).map(([key, text]) => `${key}="${text}"`);
      const line = (suffix: string, number: number, le?: string) => {
        const all = [...(le === undefined ? [] : [`le="${le}"`]), ...labels].join(',');
        return `${name}${suffix}${all === '' ? '' : `{${all}}`} ${number}`;
      };
      if (typeof value === 'number') return [line('', value)];
      if (!('buckets' in value) || !('boundaries' in value.buckets))
        throw new Error(`${name} is of another kind`);
      const { boundaries, counts } = value.buckets;
      let below = 0;
      const buckets = counts.map((count, i) => {
        below += count;
        return line('_bucket', below, `${boundaries[i] ?? '+Inf'}`);
      });
      return [...buckets, line('_sum', value.sum ?? 0), line('_count', value.count)];
    }),
  );
}

function measure(metrics: Metrics): void {
  const count = metrics.counter('sustain_a_total', { help, labels: ['x'] });
  count.add(3, { x: 'one' });
  count.labels({ x: 'two' }).add(4);
  metrics.gauge('sustain_room_bytes', { help, labels: ['x'] }).set(-7.5, { x: 'one' });
  const wait = metrics.histogram('sustain_wait_seconds', { help, labels: ['x'], buckets: [0.1, 1] });
  for (const value of [0.05, 0.1, 0.5, 1, 3]) wait.observe(value, { x: 'one' });
  wait.labels({ x: 'two' }).observe(0.25);
}

async function expectSameFigures(metrics: Metrics, read: () => Promise<string[]>): Promise<void> {
  const told = await read();
  const shown = await samplesOf(metrics, 'sustain_');
  expect(told.length).toBeGreaterThan(10);
  expect(told.toSorted()).toEqual(shown.toSorted());
}

describe('a real SDK', () => {
  it('receives the same figures as /metrics shows', async () => {
    const { read, exporter } = registerSdk();
    const metrics = createMetrics();
    const exporting = await exportToOpenTelemetry(metrics);
    ends.push(() => exporting.stop());
    expect(exporting.state).toBe('exporting');
    measure(metrics);
    measure(metrics);
    await expectSameFigures(metrics, read);
    const descriptors = exporter
      .getMetrics()
      .flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap((scope) =>
          scope.metrics.map(({ descriptor }) => [descriptor.name, descriptor.unit]),
        ),
      );
    expect(descriptors).toContainEqual(['sustain_room_bytes', 'By']);
    expect(descriptors).toContainEqual(['sustain_wait_seconds', 's']);
  });

  it('receives the overflow as one series', async () => {
    const { read } = registerSdk();
    const metrics = createMetrics({ maxSeries: 1 });
    const exporting = await exportToOpenTelemetry(metrics);
    ends.push(() => exporting.stop());
    const count = metrics.counter('sustain_a_total', { help, labels: ['x'] });
    for (const x of ['a', 'b', 'c']) count.add(1, { x });
    expect((await read()).filter((line) => line.startsWith('sustain_a'))).toEqual([
      'sustain_a_total{x="a"} 1',
      'sustain_a_total{x="__overflow__"} 2',
    ]);
  });

  it('receives nothing more once the export is stopped, as often as it is', async () => {
    const { read } = registerSdk();
    const metrics = createMetrics();
    const exporting = await exportToOpenTelemetry(metrics);
    measure(metrics);
    exporting.stop();
    exporting.stop();
    expect(exporting.state).toBe('stopped');
    measure(metrics);
    const count = (await read()).filter((line) => line.startsWith('sustain_a_total'));
    expect(count).toEqual([]);
  });
});

describe('opentelemetry-js#3622 and #4065, meters acquired early stay no-op', () => {
  it('ours come to life when an SDK is registered after them', async () => {
    const clock = new SimulatedClock();
    const metrics = createMetrics();
    const early = metrics.counter('sustain_early_total', { help });
    early.add(5);
    const exporting = await exportToOpenTelemetry(metrics, { clock });
    ends.push(() => exporting.stop());
    expect(exporting.state).toBe('waiting');
    const { read } = registerSdk();
    await clock.advance(1000);
    expect(exporting.state).toBe('exporting');
    measure(metrics);
    await expectSameFigures(metrics, read);
    expect(await read()).toContain('sustain_early_total 5');
  });

  it('and go over to another SDK that takes its place', async () => {
    const clock = new SimulatedClock();
    const metrics = createMetrics();
    const exporting = await exportToOpenTelemetry(metrics, { clock });
    ends.push(() => exporting.stop());
    registerSdk();
    await clock.advance(1000);
    api.metrics.disable();
    await clock.advance(1000);
    expect(exporting.state).toBe('waiting');
    const { read } = registerSdk();
    await clock.advance(1000);
    measure(metrics);
    await expectSameFigures(metrics, read);
  });
});

describe('dd-trace-js#6915, duplicate copies of the API become no-ops', () => {
  /** An older copy of the API, as another package may have brought it along. */
  async function olderCopy(): Promise<typeof api> {
    const folder = await mkdtemp(join(tmpdir(), 'older-api-'));
    ends.push(() => rm(folder, { recursive: true }));
    const source = dirname(new URL(import.meta.resolve('@opentelemetry/api')).pathname);
    await cp(source, folder, { recursive: true });
    for (const name of await readdir(folder, { recursive: true })) {
      if (!name.endsWith('.mjs')) continue;
      const text = await readFile(join(folder, name), 'utf8');
      if (text.includes('1.10.0')) await writeFile(join(folder, name), text.replaceAll('1.10.0', '1.9.0'));
    }
    return import(join(folder, 'index.mjs'));
  }

  it('which is told, and cured by handing in the copy that the SDK is registered with', async () => {
    const older = await olderCopy();
    const key = Symbol.for('opentelemetry.js.api.1');
    const before = Reflect.get(globalThis, key);
    Reflect.deleteProperty(globalThis, key);
    ends.push(() => {
      older.metrics.disable();
      Reflect.set(globalThis, key, before);
    });
    const { read } = registerSdk(older);
    const metrics = createMetrics();
    const ours = await exportToOpenTelemetry(metrics);
    ends.push(() => ours.stop());
    expect(ours.state).toBe('foreign');
    const theirs = await exportToOpenTelemetry(metrics, { load: async () => older });
    ends.push(() => theirs.stop());
    expect(theirs.state).toBe('exporting');
    measure(metrics);
    await expectSameFigures(metrics, read);
  });
});

it('opentelemetry-js#4406, an exporter that has timed out: the next export has everything', async () => {
  const { exporter, read } = registerSdk();
  const metrics = createMetrics();
  const exporting = await exportToOpenTelemetry(metrics);
  ends.push(() => exporting.stop());
  measure(metrics);
  const works = exporter.export.bind(exporter);
  exporter.export = (_metrics, done) => done({ code: 1, error: new Error('timed out') });
  expect(await read().catch(() => [])).toEqual([]);
  exporter.export = works;
  measure(metrics);
  await expectSameFigures(metrics, read);
});

describe('without the API', () => {
  it('the export is a fault that says how to get it; other errors stay what they are', async () => {
    const missing = Object.assign(new Error('not there'), { code: 'ERR_MODULE_NOT_FOUND' });
    const load = (error: Error) => (): Promise<OpenTelemetryApi> => Promise.reject(error);
    const metrics = createMetrics();
    await expect(exportToOpenTelemetry(metrics, { load: load(missing) })).rejects.toThrow(
      'npm install @opentelemetry/api',
    );
    await expect(exportToOpenTelemetry(metrics, { load: load(new Error('broken')) })).rejects.toThrow(
      'broken',
    );
    await expect(exportToOpenTelemetry(metrics, { lookEveryMs: 0 })).rejects.toThrow('lookEveryMs');
  });
});
