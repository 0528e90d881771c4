import { SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { createMetrics } from '../metrics/index.ts';
import { PerformanceMonitor } from './index.ts';

test('instruments of the metrics take the figures as they are', async () => {
  const clock = new SimulatedClock();
  const metrics = createMetrics();
  const durations = metrics.histogram('sustain_operation_duration_seconds', {
    help: 'How long operations take.',
    labels: ['operation'],
  });
  const errors = metrics.counter('sustain_operation_errors_total', {
    help: 'Operations that failed.',
    labels: ['operation', 'type'],
  });
  const monitor = new PerformanceMonitor({ clock, metrics: { durations, errors } });
  await clock.run(monitor.trackOperation('llm', () => clock.sleep(250)));
  expect(() =>
    monitor.trackOperation('llm', () => {
      throw new TypeError('no');
    }),
  ).toThrow(TypeError);
  const { body: text } = await metrics.scrape();
  expect(text).toContain('sustain_operation_duration_seconds_sum{operation="llm"} 0.25');
  expect(text).toContain('sustain_operation_errors_total{operation="llm",type="TypeError"} 1');
  expect(monitor.lost).toBe(0);
});
