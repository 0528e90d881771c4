import { kernelFaults, Signals, SimulatedClock } from '@sustain/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HealthMonitor,
  ServiceHealth,
  type ServiceOutcome,
  type SlowService,
  serviceSlow,
} from '../index.ts';

function newService(options: Partial<ConstructorParameters<typeof ServiceHealth>[0]> = {}) {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const slow: SlowService[] = [];
  signals.on(serviceSlow, ({ data }) => slow.push(data));
  const service = new ServiceHealth({ name: 'sessions', clock, signals, ...options });
  const monitor = new HealthMonitor({ clock });
  monitor.add('sessions', service.check());
  const look = async () => (await monitor.runHealthChecks()).checks[0];
  return { clock, service, slow, look };
}

function record(service: ServiceHealth, outcome: ServiceOutcome, times: number): void {
  for (let each = 0; each < times; each++) service.record(outcome, 10, new Error('away'));
}

describe('SessionHealthMonitor of seed 004', () => {
  test('is available at a success rate of 0.8, and not below', async () => {
    const { service, look } = newService();
    record(service, 'success', 8);
    record(service, 'failure', 2);
    expect(service.status()).toMatchObject({ available: true, recent: { successRate: 0.8 } });
    expect(await look()).toMatchObject({ status: 'healthy', observed: { value: 0.8, unit: '1' } });
    record(service, 'failure', 1);
    expect(service.status().available).toBe(false);
    expect(await look()).toMatchObject({
      status: 'unhealthy',
      message: '3 of 11 operations failed, last: away',
    });
  });

  test('counts operations, successes and failures since the beginning', () => {
    const { service } = newService();
    record(service, 'success', 3);
    record(service, 'failure', 2);
    record(service, 'cancelled', 4);
    expect(service.status().total).toEqual({
      operations: 5,
      successes: 3,
      failures: 2,
      cancelled: 4,
      slow: 0,
    });
  });

  test('averages the last 100 response times', () => {
    const { service } = newService();
    for (let ms = 1; ms <= 300; ms++) service.record('success', ms);
    expect(service.status().responseTimes).toEqual({
      count: 100,
      averageMs: 250.5,
      p50Ms: 250,
      p95Ms: 295,
      maxMs: 300,
    });
  });

  test('warns of operations of 5 s or more, and degrades when they are many', async () => {
    const { service, slow, look } = newService();
    service.record('success', 4999);
    service.record('success', 5000);
    expect(slow).toEqual([{ durationMs: 5000, thresholdMs: 5000, outcome: 'success' }]);
    expect(await look()).toMatchObject({ status: 'degraded', observed: { value: 5000, unit: 'ms' } });
  });

  test('keeps the last error, without its stack and secrets', () => {
    const { clock, service } = newService();
    expect(service.status().lastError).toBeUndefined();
    const error = Object.assign(new Error('no way to redis://a:hunter2@host\n at x'), {
      code: 'ECONNREFUSED',
    });
    service.record('failure', 1, error);
    expect(service.status().lastError).toEqual({
      name: 'Error',
      code: 'ECONNREFUSED',
      message: 'no way to redis://[redacted]@host',
      timestamp: clock.wallMs(),
    });
  });

  test('forceHealthCheck: a probe does a real operation, which counts', async () => {
    const { clock, service } = newService();
    let works = false;
    const monitor = new HealthMonitor({ clock });
    monitor.add(
      'sessions',
      service.check({
        name: 'probe',
        probe: () => {
          if (!works) throw new Error('cannot create');
        },
      }),
    );
    expect((await monitor.runHealthChecks()).checks[0]).toMatchObject({
      status: 'unhealthy',
      message: 'cannot create',
    });
    works = true;
    for (let each = 0; each < 4; each++) await monitor.runHealthChecks();
    expect((await monitor.runHealthChecks()).checks[0]?.status).toBe('healthy');
    expect(service.status().total).toMatchObject({ operations: 6, failures: 1 });
  });
});

test('a probe that stops because its time is up has failed, and is not cancelled by anybody', async () => {
  const { clock, service } = newService();
  const monitor = new HealthMonitor({ clock });
  monitor.add('sessions', service.check({ probe: (signal) => clock.sleep(60_000, { signal }) }));
  const report = monitor.runHealthChecks();
  await clock.advance(1000);
  expect((await report).overallHealth).toBe('unhealthy');
  expect(service.status().total).toMatchObject({ failures: 1, cancelled: 0 });
});

test('what a user cancelled is neither success nor failure, nor timed', async () => {
  const { service } = newService();
  await expect(service.track(() => Promise.reject(AbortSignal.abort().reason))).rejects.toThrow(/abort/);
  await expect(
    service.track(() =>
      Promise.reject(kernelFaults.CANCELLED({ errorName: 'AbortError', error: 'hung up' })),
    ),
  ).rejects.toThrow();
  expect(service.status()).toMatchObject({
    recent: { operations: 0, successRate: 1 },
    total: { cancelled: 2, failures: 0 },
    responseTimes: { count: 0 },
  });
});

test('tracks what answers at once and what answers later, and hands on what it throws', async () => {
  const { clock, service } = newService();
  expect(await service.track(() => 7)).toBe(7);
  const error = new Error('no');
  const late = service.track(async () => {
    await clock.sleep(40);
    throw error;
  });
  const failed = expect(late).rejects.toBe(error);
  await clock.advance(40);
  await failed;
  expect(service.status()).toMatchObject({ recent: { errorRate: 0.5 }, responseTimes: { maxMs: 40 } });
});

test('a service that was slow, and that nobody has used since, is no longer slow when the window is over', async () => {
  const { clock, service, look } = newService();
  for (let each = 0; each < 10; each++) service.record('success', 6000);
  await clock.advance(299_999);
  expect((await look())?.status).toBe('degraded');
  await clock.advance(1);
  expect(await look()).toMatchObject({ status: 'healthy' });
  service.record('success', 10);
  expect(service.status().responseTimes).toMatchObject({ count: 1, maxMs: 10 });
});

test('pyrra#1925: one failure when nearly nobody calls degrades, and is no outage', async () => {
  const { service, look } = newService();
  record(service, 'failure', 1);
  expect(await look()).toMatchObject({ status: 'degraded', message: '1 of 1 operations failed, last: away' });
  expect(service.status().available).toBe(true);
});

test('an outage is over when the window of 5 minutes has only successes, whatever was before', async () => {
  const { clock, service, look } = newService();
  record(service, 'failure', 1000);
  expect((await look())?.status).toBe('unhealthy');
  await clock.advance(300_000);
  record(service, 'success', 5);
  expect((await look())?.status).toBe('healthy');
  expect(service.status().total.failures).toBe(1000);
});

test('the window counts what was in it, give or take a thirtieth', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(200_000), fc.boolean()), { maxLength: 60 }), (steps) => {
      let nowMs = 0;
      const clock = Object.assign(new SimulatedClock(), { monotonicMs: () => nowMs });
      const service = new ServiceHealth({ name: 'x', clock });
      const at: { ms: number; failed: boolean }[] = [];
      for (const [passMs, failed] of steps) {
        nowMs += passMs;
        at.push({ ms: nowMs, failed });
        service.record(failed ? 'failure' : 'success', 1);
        const { operations, failures } = service.status().recent;
        const within = (ms: number) => at.filter((one) => one.ms > nowMs - ms);
        expect(operations).toBeGreaterThanOrEqual(within(290_000).length);
        expect(operations).toBeLessThanOrEqual(within(300_000).length);
        expect(failures).toBeGreaterThanOrEqual(within(290_000).filter((one) => one.failed).length);
      }
    }),
  );
});

test.each([-1, Number.NaN])('refuses a duration of %d', (durationMs) => {
  expect(() => newService().service.record('success', durationMs)).toThrow(
    /^durationMs of sessions must be .+; got/,
  );
});

test.each([
  { successRateThreshold: 0 },
  { successRateThreshold: 1.1 },
  { slowMs: 0 },
  { responseTimes: 1.5 },
  { windowMs: Number.NaN },
  { name: '' },
])('refuses %j', (options) => {
  expect(() => newService(options)).toThrow(/of the ServiceHealth must be/);
});
