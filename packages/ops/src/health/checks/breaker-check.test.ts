import { breaker, isolate, pipeline, SimulatedClock } from '@sustain/kernel';
import { expect, test } from 'vitest';
import { breakerCheck, HealthMonitor } from '../index.ts';

test('S4-52: the health of a breaker is tracked through closed, open, half-open and isolated', async () => {
  const clock = new SimulatedClock();
  const circuit = breaker({ name: 'llm', consecutive: 2, openMs: 30_000 });
  const policies = pipeline({ name: 'llm', clock }, circuit);
  const monitor = new HealthMonitor({ clock });
  monitor.add('bot', breakerCheck(circuit));
  const look = async () => {
    const { overallHealth, checks } = await monitor.runHealthChecks();
    return [overallHealth, checks[0]?.status, checks[0]?.observed?.value];
  };
  expect(await look()).toEqual(['healthy', 'healthy', 'closed']);
  for (let call = 0; call < 2; call++) {
    await policies.run(() => Promise.reject(new Error('away'))).catch(() => undefined);
  }
  await clock.advance(10_000);
  expect(await look()).toEqual(['degraded', 'unhealthy', 'open']);
  expect((await monitor.runHealthChecks()).checks[0]?.message).toMatch(
    /^the circuit of llm is open \(.+\), the next try is in 20 s$/,
  );
  await clock.advance(20_000);
  const { promise, resolve } = Promise.withResolvers<string>();
  const probe = policies.run(() => promise);
  await clock.advance(0);
  expect(await look()).toEqual(['degraded', 'degraded', 'half-open']);
  resolve('works');
  await probe;
  const release = isolate(circuit);
  expect(await look()).toEqual(['degraded', 'degraded', 'isolated']);
  release();
});
