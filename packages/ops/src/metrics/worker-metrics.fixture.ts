import { parentPort } from 'node:worker_threads';
import { createMetrics } from './index.ts';

// A worker that counts what it is told to, and sends its numbers each time.
const metrics = createMetrics();
const help = 'Frames of a worker.';
const frames = metrics.counter('sustain_frames_total', { help, labels: ['path'] });
const active = metrics.gauge('sustain_active', { help });
const wait = metrics.histogram('sustain_wait_seconds', { help, buckets: [0.1, 1] });

parentPort?.on('message', (amount: number) => {
  frames.add(amount, { path: 'in' });
  active.set(amount);
  wait.observe(amount / 10);
  parentPort?.postMessage(metrics.snapshot());
});
