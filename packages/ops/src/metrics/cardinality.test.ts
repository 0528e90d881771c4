import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { seededRandom } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { createMetrics } from './index.ts';
import { samplesOf } from './scrape.fixture.ts';

const help = 'Something that a test counts.';

/** Bytes in use after everything that can go is gone. */
function heapUsedBytes(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('too many labels', () => {
  it('go to the series __overflow__, whose values are counted like any, and it is told how many', async () => {
    const metrics = createMetrics({ maxSeries: 2 });
    const count = metrics.counter('sustain_a_total', { help, labels: ['x', 'y'] });
    const wait = metrics.histogram('sustain_b', { help, labels: ['x'], buckets: [1], maxSeries: 1 });
    const level = metrics.gauge('sustain_c', { help, labels: ['x'] });
    for (let i = 0; i < 10; i++) {
      count.add(1, { x: i, y: 'y' });
      wait.observe(i, { x: i });
      level.add(1, { x: i });
    }
    expect(await samplesOf(metrics, 'sustain_a_total{')).toEqual([
      'sustain_a_total{x="0",y="y"} 1',
      'sustain_a_total{x="1",y="y"} 1',
      'sustain_a_total{x="__overflow__",y="__overflow__"} 8',
    ]);
    expect(await samplesOf(metrics, 'sustain_b_count')).toEqual([
      'sustain_b_count{x="0"} 1',
      'sustain_b_count{x="__overflow__"} 9',
    ]);
    expect((await samplesOf(metrics, 'dropped')).toSorted()).toEqual([
      'sustain_metrics_series_dropped_total{metric="sustain_a_total"} 8',
      'sustain_metrics_series_dropped_total{metric="sustain_b"} 9',
      'sustain_metrics_series_dropped_total{metric="sustain_c"} 8',
    ]);
    expect(count.seriesCount).toBe(2);
  });

  it('still count what is known, and who says __overflow__ as a label means that very series', async () => {
    const metrics = createMetrics({ maxSeries: 1 });
    const count = metrics.counter('sustain_a_total', { help, labels: ['x'] });
    for (const x of ['a', 'b', 'a', '__overflow__']) count.add(1, { x });
    expect(await samplesOf(metrics, 'sustain_a_total{')).toEqual([
      'sustain_a_total{x="a"} 2',
      'sustain_a_total{x="__overflow__"} 2',
    ]);
  });

  it('of more metrics than a metric may have series do not overflow what counts them', async () => {
    const metrics = createMetrics({ maxSeries: 1 });
    for (const name of ['sustain_a_total', 'sustain_c_total', 'sustain_d_total']) {
      const count = metrics.counter(name, { help, labels: ['x'] });
      for (const x of ['a', 'b']) count.add(1, { x });
      count.add(-1, { x: 'a' });
    }
    expect(await samplesOf(metrics, 'dropped')).toHaveLength(3);
    expect(await samplesOf(metrics, 'refused')).toHaveLength(3);
  });

  it('leave the overflow when room is made, for those bound to it once it has been idle', async () => {
    const metrics = createMetrics({ maxSeries: 1 });
    const count = metrics.counter('sustain_a_total', { help, labels: ['x'] });
    count.add(1, { x: 'a' });
    count.add(1, { x: 'b' });
    count.remove({ x: 'a' });
    count.add(1, { x: 'b' });
    expect(await samplesOf(metrics, 'sustain_a_total{')).toEqual([
      'sustain_a_total{x="__overflow__"} 1',
      'sustain_a_total{x="b"} 1',
    ]);
  });

  it('by the million stay bounded in memory and time', () => {
    const metrics = createMetrics();
    const count = metrics.counter('sustain_a_total', { help, labels: ['user', 'url'] });
    const wait = metrics.histogram('sustain_b_seconds', { help, labels: ['user'] });
    const random = seededRandom(1);
    const beforeBytes = heapUsedBytes();
    const before = process.cpuUsage();
    for (let i = 0; i < 1_000_000; i++) {
      const user = `user-${Math.floor(random.next() * 2 ** 52).toString(36)}-${i}`;
      count.add(1, { user, url: '/api' });
      if (i % 10 === 0) wait.observe(0.1, { user });
    }
    const { user: tookUs } = process.cpuUsage(before);
    const grownBytes = heapUsedBytes() - beforeBytes;
    console.log(`a million labels: ${(tookUs / 1e6).toFixed(1)} s of CPU, ${grownBytes >> 10} KiB more heap`);
    expect(count.seriesCount).toBe(1000);
    expect(wait.seriesCount).toBe(1000);
    expect(grownBytes).toBeLessThan(4 * 2 ** 20);
    expect(tookUs).toBeLessThan(20e6);
  });

  it('of 1 MB each keep no megabytes', () => {
    const metrics = createMetrics();
    const count = metrics.counter('sustain_a_total', { help, labels: ['x'] });
    const beforeBytes = heapUsedBytes();
    for (let i = 0; i < 300; i++)
      count.add(1, { x: `${i} ${'long text '.repeat(100_000)}`.slice(0, 100_000) });
    for (let i = 0; i < 300; i++) count.add(1, { x: `${'long text '.repeat(100_000)}${i}`.slice(-20) });
    expect(heapUsedBytes() - beforeBytes).toBeLessThan(4 * 2 ** 20);
    expect(count.seriesCount).toBe(600);
  });
});
