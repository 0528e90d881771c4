import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '@sustain/kernel';
import { afterEach, expect, it, vi } from 'vitest';
import { createMetrics, processMetrics } from './index.ts';
import { lacksPromtool, promtoolSays, samplesOf } from './scrape.fixture.ts';

const stops: (() => void)[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

function measured() {
  const metrics = createMetrics();
  const stop = processMetrics(metrics);
  stops.push(stop);
  const sampleOf = async (start: string) => {
    const [line] = await samplesOf(metrics, start);
    return Number(line?.split(' ').at(-1));
  };
  return { metrics, stop, sampleOf };
}

function blockFor(durationMs: number): void {
  const untilMs = systemClock.monotonicMs() + durationMs;
  while (systemClock.monotonicMs() < untilMs);
}

it('memory_usage_bytes is that of the process, in bytes', async () => {
  const { sampleOf } = measured();
  const resident = await sampleOf('sustain_memory_usage_bytes{kind="resident"');
  expect(resident).toBeGreaterThan(20e6);
  expect(resident).toBeLessThan(4e9);
  expect(await sampleOf('sustain_memory_usage_bytes{kind="heap_used"')).toBeLessThan(resident);
});

it('processor time grows by what is used, in seconds', async () => {
  const { sampleOf } = measured();
  const before = await sampleOf('sustain_process_cpu_seconds_total{mode="user"');
  blockFor(100);
  expect(await sampleOf('sustain_process_cpu_seconds_total{mode="user"')).toBeGreaterThan(before + 0.01);
});

it('under-pressure#294: a pause of the event loop is seen at its longest, and forgotten after two readings', async () => {
  const { metrics, sampleOf } = measured();
  const max = 'sustain_event_loop_delay_seconds{stat="max"';
  await systemClock.sleep(50);
  blockFor(300);
  await systemClock.sleep(50);
  expect(await sampleOf(max)).toBeGreaterThan(0.25);
  await vi.waitFor(async () => expect(await sampleOf(max)).toBeLessThan(0.25));
  await systemClock.sleep(100);
  expect(await samplesOf(metrics, 'utilization_ratio')).toHaveLength(1);
  expect(await sampleOf('utilization_ratio')).toBeLessThanOrEqual(1);
});

it('a pause in whose midst somebody reads is seen at the next reading', async () => {
  const { metrics, sampleOf } = measured();
  await systemClock.sleep(50);
  await metrics.scrape();
  await systemClock.sleep(50);
  blockFor(300);
  await metrics.scrape();
  await systemClock.sleep(50);
  expect(await sampleOf('sustain_event_loop_delay_seconds{stat="max"')).toBeGreaterThan(0.25);
});

it('processor time is counted once, however often somebody begins to measure it', async () => {
  const { metrics, stop, sampleOf } = measured();
  await metrics.scrape();
  stop();
  stops.push(processMetrics(metrics), processMetrics(metrics));
  const seconds = await sampleOf('sustain_process_cpu_seconds_total{mode="user"');
  expect(seconds).toBeLessThanOrEqual(process.cpuUsage().user / 1e6);
});

it('garbage collections are timed by kind', async () => {
  const { sampleOf } = measured();
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  await vi.waitFor(async () =>
    expect(await sampleOf('gc_duration_seconds_count{kind="major"')).toBeGreaterThan(0),
  );
});

it('stops when it is told to, as often as it is', async () => {
  const { metrics, stop, sampleOf } = measured();
  await metrics.scrape();
  stop();
  stop();
  const before = await sampleOf('sustain_process_cpu_seconds_total{mode="user"');
  blockFor(30);
  expect(await sampleOf('sustain_process_cpu_seconds_total{mode="user"')).toBe(before);
});

it.skipIf(lacksPromtool)('is accepted by promtool', async () => {
  const { metrics } = measured();
  expect(await promtoolSays(metrics)).toBe('');
});
