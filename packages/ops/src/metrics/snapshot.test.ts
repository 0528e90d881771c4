import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import { createMetrics, type MetricsSnapshot } from './index.ts';
import { samplesOf } from './scrape.fixture.ts';

const help = 'Frames of a worker.';
const workers: Worker[] = [];

afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** A real worker thread with metrics of its own. */
function startWorker() {
  const worker = new Worker(new URL('worker-metrics.fixture.ts', import.meta.url));
  workers.push(worker);
  return async (amount: number): Promise<MetricsSnapshot> => {
    worker.postMessage(amount);
    const [snapshot] = await once(worker, 'message');
    return snapshot;
  };
}

describe('client_js#401 and #656, metrics of worker threads', () => {
  it('are part of those of the main thread, however often each sends them', async () => {
    const metrics = createMetrics();
    metrics.counter('sustain_frames_total', { help, labels: ['path'] }).add(100, { path: 'in' });
    metrics.gauge('sustain_active', { help }).set(1000);
    const [first, second] = [startWorker(), startWorker()];
    const [ofFirst, ofSecond] = [metrics.remote(), metrics.remote()];
    ofFirst.receive(await first(1));
    ofFirst.receive(await first(2));
    ofSecond.receive(await second(20));
    const all = [
      'sustain_frames_total{path="in"} 123',
      'sustain_active 1022',
      'sustain_wait_seconds_bucket{le="0.1"} 1',
      'sustain_wait_seconds_bucket{le="1"} 2',
      'sustain_wait_seconds_bucket{le="+Inf"} 3',
      'sustain_wait_seconds_count 3',
    ];
    expect(await samplesOf(metrics, '')).toEqual(expect.arrayContaining(all));
  });

  it('stay counted when a worker ends and another takes its place, while its gauges go', async () => {
    const metrics = createMetrics();
    const first = metrics.remote();
    first.receive(await startWorker()(7));
    first.end();
    first.end();
    first.receive(await startWorker()(50));
    expect(await samplesOf(metrics, 'sustain_active')).toEqual(['sustain_active 0']);
    metrics.remote().receive(await startWorker()(3));
    expect(await samplesOf(metrics, 'sustain_frames')).toEqual(['sustain_frames_total{path="in"} 10']);
    expect(await samplesOf(metrics, 'sustain_active')).toEqual(['sustain_active 3']);
  });

  it('that begin anew are added, and none is taken away', async () => {
    const metrics = createMetrics();
    const remote = metrics.remote();
    remote.receive(await startWorker()(5));
    remote.receive(await startWorker()(2));
    expect(await samplesOf(metrics, 'sustain_frames')).toEqual(['sustain_frames_total{path="in"} 7']);
  });

  it('survive JSON, and are refused where a metric has another shape', async () => {
    const metrics = createMetrics();
    const snapshot = JSON.parse(JSON.stringify(await startWorker()(4)));
    metrics.remote().receive(snapshot);
    expect(JSON.parse(JSON.stringify(metrics.snapshot()))).toEqual(snapshot);
    const other = createMetrics();
    other.gauge('sustain_active', { help, labels: ['who'] });
    expect(() => other.remote().receive(snapshot)).toThrow(/sustain_active is there already/);
    expect(await samplesOf(other, 'sustain_frames')).toEqual([]);
  });
});
