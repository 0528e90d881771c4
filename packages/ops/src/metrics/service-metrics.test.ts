import { SimulatedClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { createMetrics, serviceMetrics } from './index.ts';
import { lacksPromtool, promtoolSays, samplesOf } from './scrape.fixture.ts';

function measured() {
  const clock = new SimulatedClock();
  const metrics = createMetrics({ clock });
  const services = serviceMetrics(metrics, { clock });
  const record = (outcome: 'success' | 'failure' | 'cancelled', durationMs = 100) =>
    services.recordOperation({ service: 'sessions', operation: 'create', outcome, durationMs });
  return { clock, metrics, services, record, samples: (name: string) => samplesOf(metrics, name) };
}

describe("the seeds' metrics", () => {
  it('response_time_seconds is a distribution, and the last value; what is cancelled does not count', async () => {
    const { record, samples } = measured();
    record('success', 200);
    record('failure', 50);
    record('cancelled', 9000);
    expect(await samples('sustain_last_response_time')).toEqual([
      'sustain_last_response_time_seconds{service="sessions",operation="create"} 0.05',
    ]);
    expect(await samples('sustain_response_time_seconds_sum')).toEqual([
      'sustain_response_time_seconds_sum{service="sessions",operation="create"} 0.25',
    ]);
    expect(await samples('sustain_operations_total')).toEqual(
      ['success', 'failure', 'cancelled'].map(
        (outcome) => `sustain_operations_total{service="sessions",operation="create",outcome="${outcome}"} 1`,
      ),
    );
  });

  it('audio_latency_ms is measured in seconds, error_count is counted by type, availability is 1 or 0', async () => {
    const { services, samples } = measured();
    services.recordAudioLatency(20, 'playback');
    services.recordError('AudioError');
    services.setAvailable('llm', true);
    services.setAvailable('tts', false);
    expect(await samples('sustain_audio_latency_seconds_bucket{le="0.02"')).toEqual([
      'sustain_audio_latency_seconds_bucket{le="0.02",path="playback"} 1',
    ]);
    expect(await samples('last_audio')).toEqual(['sustain_last_audio_latency_seconds{path="playback"} 0.02']);
    expect(await samples('errors_total{')).toEqual(['sustain_errors_total{type="AudioError"} 1']);
    expect(await samples('service_available')).toEqual([
      'sustain_service_available{service="llm"} 1',
      'sustain_service_available{service="tts"} 0',
    ]);
  });

  it('the success ratio is that of the last five minutes, and absent when nothing was tried', async () => {
    const { clock, record, samples, services } = measured();
    for (let i = 0; i < 3; i++) record('failure');
    await clock.advance(200_000);
    record('success');
    expect(await samples('success_ratio')).toEqual(['sustain_success_ratio{service="sessions"} 0.25']);
    await clock.advance(120_000);
    expect(await samples('success_ratio')).toEqual(['sustain_success_ratio{service="sessions"} 1']);
    await clock.advance(1e9);
    expect(await samples('success_ratio')).toEqual([]);
    record('failure');
    expect(await samples('success_ratio')).toEqual(['sustain_success_ratio{service="sessions"} 0']);
    services.stop();
    services.stop();
    record('success');
    expect(await samples('success_ratio')).toEqual(['sustain_success_ratio{service="sessions"} 0']);
  });

  it.skipIf(lacksPromtool)('are accepted by promtool', async () => {
    const { metrics, record, services } = measured();
    record('success');
    services.recordAudioLatency(1, 'capture');
    expect(await promtoolSays(metrics)).toBe('');
  });

  it('with a window that is none are refused', () => {
    expect(() => serviceMetrics(createMetrics(), { windowMs: 0 })).toThrow('windowMs of the service metrics');
  });
});
