import { SimulatedClock } from '@sustain/kernel';
import { HealthMonitor, ServiceHealth } from '@sustain/ops/health';
import { expect, test } from 'vitest';
import { type AuralisVitals, auralisHealthChecks } from './health.ts';

const clock = new SimulatedClock();

/** Of so many phrases, so many ended well. */
function phrases(all: number, well: number): ServiceHealth {
  const health = new ServiceHealth({ name: 'phrases', windowMs: 60_000, clock });
  for (let n = 0; n < all; n++) health.record(n < well ? 'success' : 'failure', 20);
  return health;
}

async function statusOf(vitals: AuralisVitals) {
  const monitor = new HealthMonitor({ clock });
  monitor.add('auralis', ...auralisHealthChecks(() => vitals));
  const report = await monitor.runHealthChecks('auralis');
  expect(report.checks.map(({ name }) => name)).toEqual([
    ...['synthesis_functional', 'composition_functional', 'buffer_healthy', 'error_rate'],
  ]);
  return [report.overallHealth, ...report.checks.map(({ status }) => status)];
}

const well: AuralisVitals = {
  engine: 'cpu',
  render: () => Promise.resolve(),
  lesserPhrasesInARow: 0,
  composedFrames: 44_100 * 4,
  bufferedFrames: 44_100 * 3,
  phrases: phrases(20, 20),
};
const broken = { render: () => Promise.reject(new Error('out of voices')) };

test.each<[string, Partial<AuralisVitals>, string[]]>([
  ['S2-64: all is well', {}, ['healthy', 'healthy', 'healthy', 'healthy', 'healthy']],
  [
    'the synthesiser restarts and the buffer holds',
    { engine: undefined },
    ['degraded', 'degraded', 'healthy', 'healthy', 'healthy'],
  ],
  [
    'phrases are simplified',
    { lesserPhrasesInARow: 2 },
    ['degraded', 'degraded', 'healthy', 'healthy', 'healthy'],
  ],
  [
    'the buffer runs low',
    { bufferedFrames: 20_000 },
    ['degraded', 'healthy', 'healthy', 'degraded', 'healthy'],
  ],
  [
    'nothing is left to play, and music comes',
    { bufferedFrames: 0 },
    ['degraded', 'healthy', 'healthy', 'unhealthy', 'healthy'],
  ],
  ['S2-65: nothing can be rendered', broken, ['degraded', 'unhealthy', 'healthy', 'healthy', 'healthy']],
  [
    'S2-66: nothing is composed ahead',
    { composedFrames: 0 },
    ['degraded', 'healthy', 'degraded', 'healthy', 'healthy'],
  ],
  [
    'S2-68: a tenth of the phrases were lesser ones',
    { phrases: phrases(20, 18) },
    ['degraded', 'healthy', 'healthy', 'healthy', 'degraded'],
  ],
  [
    'S2-68: fewer than a tenth were',
    { phrases: phrases(20, 19) },
    ['healthy', 'healthy', 'healthy', 'healthy', 'healthy'],
  ],
])('%s', async (_what, change, expected) => {
  expect(await statusOf({ ...well, ...change })).toEqual(expected);
});

test('S2-69: it is unhealthy when it neither composes nor renders', async () => {
  const [whole, synthesis, composition] = await statusOf({ ...well, ...broken, composedFrames: 0 });
  expect([whole, synthesis, composition]).toEqual(['unhealthy', 'unhealthy', 'unhealthy']);
});

test('S2-68: what is longer ago than a minute does not count', async () => {
  const late = phrases(20, 10);
  await clock.advance(62_000);
  expect(await statusOf({ ...well, phrases: late })).toEqual([
    ...['healthy', 'healthy', 'healthy', 'healthy', 'healthy'],
  ]);
});
