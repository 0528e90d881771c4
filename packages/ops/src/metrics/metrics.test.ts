import { SimulatedClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { createMetrics, type InstrumentOptions, metricsFaults } from './index.ts';
import { samplesOf } from './scrape.fixture.ts';

const help = 'Something that a test counts.';

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('a series', () => {
  it('of a counter counts by its labels, bound or not', async () => {
    const metrics = createMetrics();
    const faults = metrics.counter('sustain_things_total', { help, labels: ['code', 'part'] });
    const bound = faults.labels({ part: 'a', code: 'X' });
    bound.add();
    bound.add(2);
    faults.add(4, { code: 'X', part: 'a' });
    faults.add(1, { code: 'X', part: 'b' });
    expect(await samplesOf(metrics, 'things')).toEqual([
      'sustain_things_total{code="X",part="a"} 7',
      'sustain_things_total{code="X",part="b"} 1',
    ]);
  });

  it('of a gauge goes up and down, and one without labels is there from the start', async () => {
    const metrics = createMetrics();
    const level = metrics.gauge('sustain_level_ratio', { help });
    expect(await samplesOf(metrics, 'level')).toEqual(['sustain_level_ratio 0']);
    level.set(0.5);
    level.add(0.25);
    level.add(-1);
    expect(await samplesOf(metrics, 'level')).toEqual(['sustain_level_ratio -0.25']);
  });

  it('of a histogram counts a value on a bound in its bucket, and what is above all bounds in +Inf', async () => {
    const metrics = createMetrics();
    const wait = metrics.histogram('sustain_wait_seconds', { help, buckets: [0.1, 1], labels: ['who'] });
    for (const value of [0.1, 0.10001, 1, 5]) wait.observe(value, { who: 'me' });
    wait.labels({ who: 'me' }).observe(-1);
    expect(await samplesOf(metrics, 'wait')).toEqual([
      'sustain_wait_seconds_bucket{le="0.1",who="me"} 2',
      'sustain_wait_seconds_bucket{le="1",who="me"} 4',
      'sustain_wait_seconds_bucket{le="+Inf",who="me"} 5',
      'sustain_wait_seconds_sum{who="me"} 5.20001',
      'sustain_wait_seconds_count{who="me"} 5',
    ]);
  });

  it('refuses what is no number that makes sense, counts that, and never throws', async () => {
    const metrics = createMetrics();
    const count = metrics.counter('sustain_a_total', { help, labels: ['x'] });
    const bound = count.labels({ x: 1 });
    for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, '5' as never, null as never]) {
      count.add(bad, { x: 1 });
      bound.add(bad);
    }
    metrics.gauge('sustain_b', { help }).set(Number.NaN);
    metrics.gauge('sustain_b', { help }).add('1' as never);
    metrics.histogram('sustain_c', { help }).observe(Number.NaN);
    expect(await samplesOf(metrics, 'sustain_a_total')).toEqual(
      [
        'sustain_a_total{x="1"} 0',
        'sustain_metrics_values_refused_total{metric="sustain_a_total"} 10',
      ].reverse(),
    );
    expect(await samplesOf(metrics, 'refused')).toHaveLength(3);
    expect(await samplesOf(metrics, 'sustain_b ')).toEqual(['sustain_b 0']);
  });
});

describe('the value of a label', () => {
  it.each<[string, unknown, string]>([
    ['a number', 200, '200'],
    ['a flag', false, 'false'],
    ['nothing', undefined, ''],
    ['null', null, ''],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['an error', new RangeError('secret'), 'RangeError'],
    ['an object', { token: 'secret' }, 'Object'],
    ['a bigint', 7n, '7'],
    ['half of a pair', 'a\ud83d', 'a\ufffd'],
  ])('may be %s', async (_what, value, text) => {
    const metrics = createMetrics();
    metrics.counter('sustain_a_total', { help, labels: ['x'] }).add(1, { x: value });
    expect(await samplesOf(metrics, 'sustain_a_total')).toEqual([`sustain_a_total{x="${text}"} 1`]);
  });

  it('may be a 1 MB text, of which the beginning is kept and nothing else in memory', async () => {
    const metrics = createMetrics();
    const count = metrics.counter('sustain_a_total', { help, labels: ['x'] });
    for (let i = 0; i < 500; i++) count.add(1, { x: `${i} ${'x'.repeat(2 ** 20)}` });
    const [line] = await samplesOf(metrics, 'sustain_a_total');
    expect(line?.length).toBeLessThan(200);
    expect(count.seriesCount).toBe(500);
  });

  it('may throw when it is read, and the caller never learns', async () => {
    const metrics = createMetrics();
    const count = metrics.counter('sustain_a_total', { help, labels: ['x', 'y'] });
    const exploding = {
      get x(): string {
        throw new Error('boom');
      },
      y: 'b',
    };
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    count.add(1, exploding);
    count.labels(exploding).add();
    count.add(1, { x: proxy, y: 'c' });
    count.add(1, null as never);
    expect(await samplesOf(metrics, 'sustain_a_total')).toEqual([
      'sustain_a_total{x="unreadable",y="b"} 2',
      'sustain_a_total{x="unreadable",y="c"} 1',
      'sustain_a_total{x="",y=""} 1',
    ]);
  });

  it('is never taken for another: separators in values cannot make two sets of labels one', () => {
    const metrics = createMetrics();
    const count = metrics.counter('sustain_a_total', { help, labels: ['x', 'y'] });
    for (const [x, y] of [
      ['a,b', 'c'],
      ['a', 'b,c'],
      ['a\0b', 'c'],
      ['a', '\0b'],
      ['', 'a'],
      ['a', ''],
    ])
      count.add(1, { x, y });
    expect(count.seriesCount).toBe(6);
  });
});

describe('asking for a metric', () => {
  it('that is there, with the same shape, answers the same one', () => {
    const metrics = createMetrics();
    const first = metrics.counter('sustain_a_total', { help, labels: ['x', 'y'] });
    expect(metrics.counter('sustain_a_total', { help: 'Other words.', labels: ['y', 'x'] })).toBe(first);
  });

  it('that is there, with another shape, is a fault that says which', () => {
    const metrics = createMetrics();
    metrics.counter('sustain_a_total', { help, labels: ['x'] });
    metrics.histogram('sustain_b', { help, buckets: [1] });
    const other = thrownBy(() => metrics.counter('sustain_a_total', { help, labels: ['y'] }));
    expect(metricsFaults.METRIC_CONFLICT.matches(other)).toBe(true);
    expect(String(other)).toContain('a counter with the labels x, and cannot be a counter with the labels y');
    expect(() => metrics.histogram('sustain_b', { help, buckets: [2] })).toThrow('the buckets 1');
    expect(() => metrics.gauge('sustain_b', { help })).toThrow('a gauge with no labels');
  });

  it.each<[string, string, Partial<InstrumentOptions<string>>, string]>([
    ['Sustain_a_total', 'counter', {}, 'lower case'],
    ['sustain_a-b_total', 'counter', {}, 'lower case'],
    ['other_a_total', 'counter', {}, 'begin with sustain_'],
    ['sustain_a', 'counter', {}, 'ends in _total: sustain_a_total'],
    ['sustain_a_total', 'gauge', {}, 'must not end in _total'],
    ['sustain_a_count', 'gauge', {}, 'must not end in _count'],
    ['sustain_a_count_total', 'counter', {}, 'must not end in _count'],
    ['sustain_a_bucket', 'histogram', {}, 'must not end in _bucket'],
    ['sustain_latency_ms', 'histogram', {}, 'end the name in _seconds'],
    ['sustain_wait_minutes_total', 'counter', {}, 'end the name in _seconds'],
    ['sustain_size_kb', 'gauge', {}, 'end the name in _bytes'],
    ['sustain_cpu_percent', 'gauge', {}, 'end the name in _ratio'],
    ['sustain_error_counter_total', 'counter', {}, 'what kind'],
    ['sustain_a', 'gauge', { unit: 'seconds' }, 'must end in _seconds'],
    ['sustain_a_total', 'counter', { unit: 'bytes' }, 'must end in _bytes_total'],
    ['sustain_a', 'gauge', { unit: 'minutes' as never }, 'must be one of seconds'],
    ['sustain_a', 'gauge', { help: ' ' }, 'help text'],
    ['sustain_a', 'gauge', { labels: ['le'] }, 'may be called le'],
    ['sustain_a', 'gauge', { labels: ['__name'] }, 'may be called __name'],
    ['sustain_a', 'gauge', { labels: ['a b'] }, 'may be called a b'],
    ['sustain_a', 'gauge', { labels: ['a', 'a'] }, 'same name'],
  ])('%s as a %s, %j, is refused: %s', (name, kind, options, problem) => {
    const metrics = createMetrics();
    const error = thrownBy(() => metrics[kind as 'gauge'](name, { help, ...options }));
    expect(metricsFaults.METRIC_INVALID.matches(error)).toBe(true);
    expect(String(error)).toContain(problem);
    expect(metrics.instruments.some((instrument) => instrument.name === name)).toBe(false);
  });

  it.each([[[]], [[2, 1]], [[1, 1]], [[Number.NaN]], [[1, Number.POSITIVE_INFINITY]]])(
    'with the buckets %j is refused',
    (buckets) => {
      expect(() => createMetrics().histogram('sustain_a', { help, buckets })).toThrow(
        'each above the one before',
      );
    },
  );

  it('knows the unit from the name', () => {
    const metrics = createMetrics();
    expect(metrics.counter('sustain_out_bytes_total', { help }).unit).toBe('bytes');
    expect(metrics.gauge('sustain_a', { help }).unit).toBe(undefined);
  });

  it.each([
    [{ maxSeries: 0 }, 'maxSeries of the metrics'],
    [{ maxIdleMs: 0 }, 'maxIdleMs of the metrics'],
    [{ prefix: 1 as never }, 'prefix of the metrics'],
  ])('with the options %j is refused at construction', (options, message) => {
    expect(() => createMetrics(options)).toThrow(message);
  });
});

describe('what is read', () => {
  it('is collected once for all who read at that moment, and a collector that throws is counted', async () => {
    const metrics = createMetrics();
    let calls = 0;
    metrics.onRead(() => {
      calls++;
    });
    const stop = metrics.onRead(() => {
      throw new Error('broken');
    });
    metrics.gauge('sustain_a', { help });
    const first = await samplesOf(metrics, 'collect_errors');
    expect(calls).toBe(1);
    expect(first).toEqual(['sustain_metrics_collect_errors_total 1']);
    stop();
    expect(await samplesOf(metrics, 'collect_errors')).toEqual(['sustain_metrics_collect_errors_total 1']);
    expect(calls).toBe(2);
  });
});

describe('client_js#741, series that are kept in memory for ever', () => {
  it('can be removed, and who holds one bound begins it anew', async () => {
    const metrics = createMetrics();
    const count = metrics.counter('sustain_a_total', { help, labels: ['session'] });
    const bound = count.labels({ session: 's1' });
    bound.add(5);
    expect(count.remove({ session: 's1' })).toBe(true);
    expect(count.remove({ session: 's1' })).toBe(false);
    expect(await samplesOf(metrics, 'sustain_a_total')).toEqual([]);
    bound.add(2);
    count.add(1, { session: 's1' });
    expect(await samplesOf(metrics, 'sustain_a_total')).toEqual(['sustain_a_total{session="s1"} 3']);
    count.clear();
    bound.add();
    expect(await samplesOf(metrics, 'sustain_a_total')).toEqual(['sustain_a_total{session="s1"} 1']);
  });

  it('expire when they are idle, if so wished; those in use and those without labels stay', async () => {
    const clock = new SimulatedClock();
    const metrics = createMetrics({ clock, maxIdleMs: 60_000 });
    const seconds = metrics.histogram('sustain_a_seconds', {
      help,
      labels: ['session', 'part'],
      buckets: [1],
    });
    const alone = metrics.gauge('sustain_alone', { help });
    const live = seconds.labels({ session: 'live', part: 'x' });
    seconds.observe(1, { session: 'over', part: 'x' });
    live.observe(1);
    for (let minute = 0; minute < 3; minute++) {
      await clock.advance(30_000);
      live.observe(1);
      metrics.snapshot();
      await Promise.resolve();
    }
    expect(await samplesOf(metrics, 'seconds_count')).toEqual([
      'sustain_a_seconds_count{session="live",part="x"} 4',
    ]);
    alone.set(3);
    await clock.advance(600_000);
    await metrics.scrape();
    expect(await samplesOf(metrics, 'sustain_a')).toEqual(['sustain_alone 3']);
    live.observe(1);
    expect(await samplesOf(metrics, 'seconds_count')).toEqual([
      'sustain_a_seconds_count{session="live",part="x"} 1',
    ]);
  });
});
