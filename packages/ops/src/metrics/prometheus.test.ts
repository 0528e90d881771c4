import client, { AggregatorRegistry, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { createMetrics } from './index.ts';
import { ownRegistry } from './prometheus.ts';
import { lacksPromtool, promtoolSays, samplesOf } from './scrape.fixture.ts';

const help = 'Something that a test counts.';
const nasty = 'a "quoted" \\ back\\nslash\nnew line, {brace} = 日本 🎧 \u0000 \t';

describe.skipIf(lacksPromtool)('promtool check metrics', () => {
  it('accepts the text of every kind of instrument, with whatever in labels and help', async () => {
    const metrics = createMetrics({ maxSeries: 2 });
    const worst = `Help with ${nasty}`;
    const count = metrics.counter('sustain_a_total', { help: worst, labels: ['x', 'y'] });
    const level = metrics.gauge('sustain_level_ratio', { help: worst, labels: ['x'] });
    const wait = metrics.histogram('sustain_wait_seconds', { help: worst, labels: ['x'] });
    metrics.counter('sustain_empty_bytes_total', { help, labels: ['x'] });
    metrics.histogram('sustain_without_bytes', { help });
    for (const x of [nasty, '"', '\\', '\n', '__overflow__', '\ud83d', '\ud83e', '']) {
      count.add(1, { x, y: nasty });
      level.set(Number.NEGATIVE_INFINITY, { x });
      wait.observe(0.3, { x });
    }
    expect(await promtoolSays(metrics)).toBe('');
  });

  it('would say so if a metric were wrong', async () => {
    const registry = new Registry();
    new client.Counter({
      name: 'sustain_wrong',
      help: 'A counter that is not called so.',
      registers: [registry],
    });
    expect(await promtoolSays(createMetrics({ registry }))).toMatch(/sustain_wrong.*_total/);
  });
});

describe('the text for Prometheus', () => {
  it('escapes quotes, backslashes and new lines, and keeps the rest of Unicode', async () => {
    const metrics = createMetrics();
    metrics
      .gauge('sustain_a', { help: 'Two\nlines \\ one', labels: ['x'] })
      .set(1, { x: 'say "hi"\n\\ 日本' });
    const { body, contentType } = await metrics.scrape();
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toContain('# HELP sustain_a Two\\nlines \\\\ one\n# TYPE sustain_a gauge\n');
    expect(body).toContain('sustain_a{x="say \\"hi\\"\\n\\\\ 日本"} 1\n');
  });

  it('is OpenMetrics where the registry speaks it', async () => {
    const registry = new Registry<never>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const metrics = createMetrics({ registry });
    metrics.counter('sustain_a_total', { help }).add(3);
    for (const _scrape of [1, 2]) {
      const { body, contentType } = await metrics.scrape();
      expect(contentType).toContain('openmetrics');
      expect(body).toContain('# TYPE sustain_a counter\nsustain_a_total 3\n');
      expect(body).toMatch(/# EOF\n$/);
    }
  });

  it('does not show a series that nobody uses any more', async () => {
    const metrics = createMetrics();
    const level = metrics.gauge('sustain_a', { help, labels: ['x'] });
    level.set(1, { x: 'a' });
    level.remove({ x: 'a' });
    expect(await samplesOf(metrics, 'sustain_a')).toEqual([]);
  });
});

describe("opossum-prometheus#52, a bundled second copy of prom-client breaks aggregation: the program's own is used", () => {
  it('by its registry, in which our metrics stand beside its own, with its default labels', async () => {
    const registry = new Registry();
    registry.setDefaultLabels({ host: 'h1' });
    new client.Gauge({ name: 'theirs', help: 'Theirs.', registers: [registry] }).set(1);
    const metrics = createMetrics({ registry });
    metrics.counter('sustain_a_total', { help, labels: ['x'] }).add(1, { x: 'y' });
    const body = await registry.metrics();
    expect(body).toContain('theirs{host="h1"} 1');
    expect(body).toContain('sustain_a_total{x="y",host="h1"} 1');
    expect((await metrics.scrape()).body).toBe(body);
    metrics.close();
    metrics.close();
    expect(registry.getMetricsAsArray()).toHaveLength(1);
  });

  it('by a registry of another copy of it, which is no instance of the class that we have', async () => {
    const other = await import(`${import.meta.resolve('prom-client')}?another-copy`);
    const registry = new other.default.Registry();
    const metrics = createMetrics({ registry });
    metrics.histogram('sustain_a', { help, buckets: [1] }).observe(1);
    expect(await registry.metrics()).toContain('sustain_a_bucket{le="1"} 1');
  });

  it('when the workers of a cluster are added up', async () => {
    const workers = [1, 2].map((amount) => {
      const registry = new Registry();
      const metrics = createMetrics({ registry });
      metrics.counter('sustain_a_total', { help, labels: ['x'] }).add(amount, { x: 'y' });
      metrics.histogram('sustain_b', { help, labels: ['x'], buckets: [1] }).observe(amount, { x: 'y' });
      return registry.getMetricsAsJSON();
    });
    // What goes from the workers to the master goes as JSON.
    const sent = JSON.parse(JSON.stringify(await Promise.all(workers)));
    const sum = await AggregatorRegistry.aggregate(sent).metrics();
    expect(sum).toContain('sustain_a_total{x="y"} 3');
    expect(sum).toContain('sustain_b_bucket{le="1",x="y"} 1');
    expect(sum).toContain('sustain_b_bucket{le="+Inf",x="y"} 2');
    expect(sum).toContain('sustain_b_sum{x="y"} 3');
  });

  it('and a name that is taken in it is a fault, which leaves nothing half made', () => {
    const registry = new Registry();
    new client.Gauge({ name: 'sustain_a', help: 'Theirs.', registers: [registry] });
    const metrics = createMetrics({ registry });
    expect(() => metrics.gauge('sustain_a', { help })).toThrow(/somebody else/);
    expect(metrics.instruments.map(({ name }) => name)).not.toContain('sustain_a');
    expect(() => createMetrics({ registry })).toThrow(/sustain_metrics_series_dropped_total/);
  });

  it('and its reset is heeded', async () => {
    const registry = new Registry();
    const metrics = createMetrics({ registry });
    const count = metrics.counter('sustain_a_total', { help });
    count.add(3);
    registry.resetMetrics();
    count.add(1);
    expect(await samplesOf(metrics, 'sustain_a_total')).toEqual(['sustain_a_total 1']);
  });
});

describe('without prom-client', () => {
  it('a scrape is a fault that says how to get it; other errors stay what they are', async () => {
    const missing = Object.assign(new Error('not there'), { code: 'ERR_MODULE_NOT_FOUND' });
    await expect(ownRegistry(() => Promise.reject(missing))).rejects.toThrow('npm install prom-client@15');
    await expect(ownRegistry(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });
});
