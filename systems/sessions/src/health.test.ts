import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlakyStore, STEADY } from '@sustain/drills/stores';
import { Signals, SimulatedClock, seededRandom } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { createLogging, logSignals } from '@sustain/ops/log';
import { createMetrics, metricsOfSignals } from '@sustain/ops/metrics';
import { memoryStore } from '@sustain/stores/memory';
import { expect, test } from 'vitest';
import { SessionServiceUnavailableError } from './faults.ts';
import { sessionHealthChecks } from './health.ts';
import { createSessionManager } from './manager/index.ts';

test('S4-69: failures of sessions are logged with their operation, counted, and seen by health', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sustain-sessions-health-'));
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const path = join(folder, 'log.json');
  const logging = createLogging({ outputs: [{ path }], clock });
  const metrics = createMetrics({ clock });
  const stop = [logSignals(signals, logging, { clock }), metricsOfSignals(signals, metrics)];
  const primary = new FlakyStore(memoryStore({ clock }), clock, seededRandom(1));
  const cleanupEveryMs = Number.POSITIVE_INFINITY;
  const manager = createSessionManager({
    primary,
    clock,
    signals,
    cleanupEveryMs,
    retry: { maxAttempts: 2, baseDelayMs: 0 },
  });
  const health = new HealthMonitor({ clock, signals });
  health.add('sessions', ...sessionHealthChecks(manager));
  await manager.open();
  expect((await health.runHealthChecks()).overallHealth).toBe('healthy');
  primary.fates = { ...STEADY, refused: 1 };
  for (let n = 0; n < 10; n++) {
    await expect(manager.createSession({ appName: 'a', userId: 'u' })).rejects.toThrow(
      SessionServiceUnavailableError,
    );
  }
  const report = await health.runHealthChecks();
  expect(report.checks).toContainEqual(expect.objectContaining({ name: 'operations', status: 'unhealthy' }));
  for (const each of stop) each();
  await logging.close();
  const entries = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const failed = entries.filter((entry) => entry.errorCode === 'SESSION_SERVICE_UNAVAILABLE');
  expect(failed.length).toBeGreaterThan(0);
  expect(failed[0]).toMatchObject({
    level: 'ERROR',
    module: 'sessions',
    context: { operation: 'createSession' },
  });
  expect((await metrics.scrape()).body).toMatch(/sustain_retries_total\{pipeline="sessions"\} 10/);
  await manager.close();
  metrics.close();
  rmSync(folder, { recursive: true });
});
