import { type Signal, Signals, SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import {
  type HealthChange,
  type HealthCheck,
  HealthMonitor,
  type HealthResult,
  type HealthStatus,
  healthChanged,
} from './index.ts';

/** A monitor with one check whose answer is said by the test, and what is told of it. */
function watched(options: Partial<HealthCheck> = {}) {
  const clock = new SimulatedClock(1_000_000);
  const signals = new Signals({ clock });
  const monitor = new HealthMonitor({ clock, signals });
  const changes: HealthChange[] = [];
  signals.on(healthChanged, ({ data }: Signal<HealthChange>) => changes.push(data));
  const world: { status: HealthStatus; looks: number } = { status: 'healthy', looks: 0 };
  const check = () => {
    world.looks++;
    return { status: world.status, message: `is ${world.status}` };
  };
  const remove = monitor.add('voice', { name: 'link', check, ...options });
  return { clock, monitor, changes, world, remove };
}

test.each<[HealthCheck['criticality'], HealthStatus]>([
  ['critical', 'unhealthy'],
  ['non-critical', 'degraded'],
  [undefined, 'unhealthy'],
])('what is unhealthy and %s makes the whole %s', async (criticality, overall) => {
  const { monitor, world } = watched(criticality && { criticality });
  world.status = 'unhealthy';
  const report = await monitor.runHealthChecks();
  expect(report.overallHealth).toBe(overall);
  expect(report.checks[0]).toMatchObject({ status: 'unhealthy', criticality: criticality ?? 'critical' });
});

test('a cached answer is given again until its time is over, and says when it was known', async () => {
  const { clock, monitor, world } = watched({ cacheMs: 5000 });
  const first = await monitor.runHealthChecks();
  world.status = 'unhealthy';
  await clock.advance(4999);
  const second = await monitor.runHealthChecks();
  expect(second.checks).toEqual(first.checks);
  expect([first.cachedMs, second.cachedMs, world.looks]).toEqual([5000, 1, 1]);
  await clock.advance(1);
  expect((await monitor.runHealthChecks()).overallHealth).toBe('unhealthy');
  expect(world.looks).toBe(2);
});

test('an answer is cacheable only when all of its checks are', async () => {
  const { monitor } = watched({ cacheMs: 5000 });
  monitor.add('voice', { name: 'other', check: () => ({ status: 'healthy' }) });
  expect((await monitor.runHealthChecks()).cachedMs).toBe(0);
  expect((await new HealthMonitor({ clock: new SimulatedClock() }).runHealthChecks()).cachedMs).toBe(0);
});

test('checks, systems and the whole say since when they are what they are', async () => {
  const { clock, monitor, world } = watched();
  monitor.add('other', { name: 'fine', check: () => ({ status: 'healthy' }) });
  await monitor.runHealthChecks();
  await clock.advance(1000);
  world.status = 'degraded';
  await monitor.runHealthChecks();
  await clock.advance(1000);
  expect(await monitor.runHealthChecks()).toMatchObject({
    lastChange: 1_001_000,
    timestamp: 1_002_000,
    checks: [{ lastChange: 1_001_000 }, { lastChange: 1_000_000 }],
  });
  expect(await monitor.runHealthChecks('other')).toMatchObject({ lastChange: 1_000_000 });
  expect(await monitor.runHealthChecks('voice')).toMatchObject({ lastChange: 1_001_000 });
});

test('each change is told once, of the check, its system and the whole, however many ask', async () => {
  const { monitor, changes, world } = watched();
  await Promise.all(Array.from({ length: 10 }, () => monitor.runHealthChecks()));
  expect(changes).toEqual([]);
  world.status = 'unhealthy';
  await Promise.all(Array.from({ length: 10 }, () => monitor.runHealthChecks()));
  const change = { from: 'healthy', to: 'unhealthy' };
  expect(changes).toEqual([
    { system: 'voice', check: 'link', ...change, message: 'is unhealthy' },
    { system: 'voice', ...change },
    change,
  ]);
});

test('a first look that finds something unwell is told, without a before', async () => {
  const { monitor, changes, world } = watched({ criticality: 'non-critical' });
  world.status = 'unhealthy';
  await monitor.runHealthChecks('voice');
  expect(changes.map(({ from, to }) => [from, to])).toEqual([
    [undefined, 'unhealthy'],
    [undefined, 'degraded'],
    [undefined, 'degraded'],
  ]);
});

test('a listener that throws breaks no report', async () => {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const monitor = new HealthMonitor({ clock, signals });
  signals.on(healthChanged, () => {
    throw new Error('broken dashboard');
  });
  monitor.add('a', { name: 'b', check: () => ({ status: 'unhealthy' }) });
  expect((await monitor.runHealthChecks()).overallHealth).toBe('unhealthy');
});

test('a check that was taken out while it ran tells nothing any more', async () => {
  const { monitor, changes, remove } = watched();
  const { promise, resolve } = Promise.withResolvers<HealthResult>();
  const removeSlow = monitor.add('slow', { name: 'look', check: () => promise });
  const report = monitor.runHealthChecks();
  removeSlow();
  remove();
  resolve({ status: 'unhealthy' });
  await report;
  expect(changes).toEqual([]);
});

test('a check whose answer throws when it is read is unhealthy, and the report comes', async () => {
  const { monitor } = watched({
    check: () =>
      ({
        status: 'healthy',
        get message(): string {
          throw new Error('unreadable');
        },
      }) satisfies HealthResult,
  });
  expect((await monitor.runHealthChecks()).checks[0]).toMatchObject({
    status: 'unhealthy',
    message: 'unreadable',
  });
});

test('runs every 10 s from start to close, and no run begins before the one before has ended', async () => {
  const { clock, monitor, world } = watched({
    timeoutMs: 60_000,
    check: async () => {
      world.looks++;
      await clock.sleep(world.looks === 3 ? 25_000 : 1000);
      return { status: 'healthy' };
    },
  });
  monitor.start();
  monitor.start();
  await clock.advance(0);
  expect(world.looks).toBe(1);
  await clock.advance(10_000);
  expect(world.looks).toBe(2);
  await clock.advance(10_000);
  expect(world.looks).toBe(3);
  await clock.advance(24_999);
  expect(world.looks).toBe(3);
  await clock.advance(1);
  expect(world.looks).toBe(4);
  monitor.close();
  monitor.close();
  await clock.advance(60_000);
  expect(world.looks).toBe(4);
  expect(clock.waitingTimers).toBe(0);
});

test('closing while a run is going on begins no other; it may be started again', async () => {
  const { clock, monitor, world } = watched();
  monitor.start();
  monitor.close();
  await clock.advance(30_000);
  expect(world.looks).toBe(1);
  monitor.start();
  await clock.advance(10_000);
  expect(world.looks).toBe(3);
  monitor.close();
});

test.each([
  [{ cacheMs: -1 }, /cacheMs of the health check "voice:link" must be .*got -1/],
  [
    { criticality: 'vital' as 'critical' },
    /criticality of .* must be one of critical,non-critical; got vital/,
  ],
])('refuses a check with %j', (options, message) => {
  expect(() => watched(options)).toThrow(message);
});
