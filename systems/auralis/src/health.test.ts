import { SimulatedClock } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { expect, test } from 'vitest';
import { type AuralisVitals, auralisHealthChecks } from './health.ts';

async function statusOf(vitals: AuralisVitals) {
  const monitor = new HealthMonitor({ clock: new SimulatedClock() });
  monitor.add('auralis', ...auralisHealthChecks(() => vitals));
  const report = await monitor.runHealthChecks();
  return [report.overallHealth, ...report.checks.map(({ status }) => status)];
}

const well: AuralisVitals = { engine: 'cpu', lesserPhrasesInARow: 0, bufferedFrames: 44_100 * 3 };

test.each([
  ['all is well', {}, ['healthy', 'healthy', 'healthy']],
  [
    'the synthesiser restarts and the buffer holds',
    { engine: undefined },
    ['degraded', 'degraded', 'healthy'],
  ],
  ['phrases are simplified', { lesserPhrasesInARow: 2 }, ['degraded', 'degraded', 'healthy']],
  ['the buffer runs low', { bufferedFrames: 20_000 }, ['degraded', 'healthy', 'degraded']],
  ['nothing is left to play', { bufferedFrames: 0 }, ['unhealthy', 'healthy', 'unhealthy']],
])('%s', async (_what, change, expected) => {
  expect(await statusOf({ ...well, ...change })).toEqual(expected);
});
