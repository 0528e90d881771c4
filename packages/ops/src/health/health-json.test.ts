import { SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { HealthMonitor, type HealthResult, healthDocument, httpStatusOf } from './index.ts';

const clock = new SimulatedClock();
const time = new Date(clock.wallMs()).toISOString();

test('the document says warn with the reason and answers 200 while the service is degraded', async () => {
  const monitor = new HealthMonitor({ clock });
  monitor.add(
    'auralis',
    { name: 'buffer', check: () => ({ status: 'healthy', observed: { value: 800, unit: 'ms' } }) },
    {
      name: 'synthesis',
      criticality: 'non-critical',
      check: () => ({ status: 'unhealthy', message: 'plays silence' }),
    },
  );
  const report = await monitor.runHealthChecks();
  expect(httpStatusOf(report.overallHealth)).toBe(200);
  expect(healthDocument(report)).toEqual({
    status: 'warn',
    lastChange: time,
    output: 'auralis:synthesis plays silence',
    checks: {
      'auralis:buffer': [
        {
          status: 'pass',
          componentId: 'auralis',
          critical: true,
          time,
          lastChange: time,
          observedValue: 800,
          observedUnit: 'ms',
        },
      ],
      'auralis:synthesis': [
        {
          status: 'fail',
          componentId: 'auralis',
          critical: false,
          time,
          lastChange: time,
          output: 'plays silence',
        },
      ],
    },
  });
});

test('the document says who is healthy', async () => {
  const service = { serviceId: 'studio', version: '1', releaseId: '1.4.2', description: 'all systems' };
  const report = await new HealthMonitor({ clock, service }).runHealthChecks();
  expect(healthDocument(report)).toEqual({ status: 'pass', lastChange: time, ...service, checks: {} });
});

test('terminus: /c does not answer what only /a has said', async () => {
  const monitor = new HealthMonitor({ clock });
  const shared: HealthResult = { status: 'healthy' };
  monitor.add('a', {
    name: 'check',
    check: () => Object.assign(shared, { observed: { value: 1 }, secretOfA: 'x' }),
  });
  monitor.add('c', { name: 'check', check: () => ({ status: 'healthy' }) });
  const a = healthDocument(await monitor.runHealthChecks('a'));
  const c = healthDocument(await monitor.runHealthChecks('c'));
  expect(Object.keys(a.checks)).toEqual(['a:check']);
  expect(JSON.stringify(a)).not.toContain('secretOfA');
  expect(c).toEqual({
    status: 'pass',
    lastChange: time,
    checks: {
      'c:check': [{ status: 'pass', componentId: 'c', critical: true, time, lastChange: time }],
    },
  });
});

test.each([
  ['a password in an address', 'cannot reach redis://app:hunter2@10.0.0.7:6379', 'hunter2'],
  ['a bearer token', 'GET /v1 with Authorization: Bearer abc.DEF-123 failed', 'abc.DEF-123'],
  ['a key by name', 'refused: {"apiKey": "q1w2e3", "model": "x"}', 'q1w2e3'],
  ['a key by its looks', 'Incorrect API key provided: sk-proj-0123456789abcdef', '0123456789'],
  ['a JSON web token', 'invalid eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln', 'eyJzdWIiOiIxIn0'],
  ['a stack', 'broken\n    at connect (/srv/app/redis.ts:7:3)', 'redis.ts'],
  ['a megabyte', `broken ${'x'.repeat(1_000_000)}y`, 'xy'],
])('a message that quotes %s keeps it to itself', async (_, message, secret) => {
  const monitor = new HealthMonitor({ clock });
  monitor.add(
    'a',
    { name: 'says', check: () => ({ status: 'degraded', message }) },
    { name: 'throws', check: () => Promise.reject(new Error(message)) },
  );
  const text = JSON.stringify(healthDocument(await monitor.runHealthChecks()));
  expect(text).not.toContain(secret);
  expect(text).toContain(message.slice(0, 6));
  expect(text.length).toBeLessThan(2000);
});
