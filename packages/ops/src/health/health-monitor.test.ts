import { SimulatedClock } from '@sustain/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HealthMonitor, type HealthResult, type HealthStatus } from './index.ts';

const healthy: HealthResult = { status: 'healthy' };
const statuses: readonly HealthStatus[] = ['healthy', 'degraded', 'unhealthy'];

function newMonitor() {
  const clock = new SimulatedClock();
  return { clock, monitor: new HealthMonitor({ clock }) };
}

describe('HealthMonitor', () => {
  it('is healthy when nobody has declared a check', async () => {
    const { monitor } = newMonitor();
    expect(await monitor.runHealthChecks()).toMatchObject({ overallHealth: 'healthy', checks: [] });
  });

  it('lets the worst status win, in whatever order the checks come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...statuses), { minLength: 1 }), async (found) => {
        const { monitor } = newMonitor();
        monitor.add(
          'auralis',
          ...found.map((status, index) => ({ name: `check-${index}`, check: () => ({ status }) })),
        );
        const worst = statuses[Math.max(...found.map((status) => statuses.indexOf(status)))];
        expect((await monitor.runHealthChecks()).overallHealth).toBe(worst);
      }),
    );
  });

  it('refuses two checks of one name, also when they come together', () => {
    const { monitor } = newMonitor();
    const check = { name: 'a', check: () => healthy };
    expect(() => monitor.add('x', check, check)).toThrow(/"x:a" exists already/);
  });

  it('lets checks be taken out twice without touching those of the next', () => {
    const { monitor } = newMonitor();
    const remove = monitor.add('x', { name: 'a', check: () => healthy });
    remove();
    monitor.add('x', { name: 'b', check: () => healthy });
    remove();
    expect(monitor.systems).toEqual(['x']);
  });

  it('takes a check that throws, or rejects, as unhealthy and keeps its message', async () => {
    const { monitor } = newMonitor();
    monitor.add(
      'auralis',
      {
        name: 'throws',
        check: () => {
          throw new Error('no synthesiser');
        },
      },
      { name: 'rejects', check: () => Promise.reject('a text') },
    );
    const { checks } = await monitor.runHealthChecks();
    expect(checks).toMatchObject([
      { name: 'throws', status: 'unhealthy', message: 'no synthesiser' },
      { name: 'rejects', status: 'unhealthy', message: 'a text' },
    ]);
  });

  it('takes a check that answers nonsense as unhealthy', async () => {
    const { monitor } = newMonitor();
    monitor.add('auralis', { name: 'odd', check: () => ({ status: 'fine' }) as unknown as HealthResult });
    const report = await monitor.runHealthChecks();
    expect(report.checks[0]).toMatchObject({
      status: 'unhealthy',
      message: expect.stringContaining('"fine"'),
    });
  });

  it('gives a hanging check up after its timeout, aborts it, and still reports the others', async () => {
    const { clock, monitor } = newMonitor();
    let aborted = false;
    monitor.add(
      'auralis',
      { name: 'works', check: () => healthy },
      {
        name: 'hangs',
        timeoutMs: 250,
        check: (signal) => {
          signal.addEventListener('abort', () => {
            aborted = true;
          });
          return new Promise<HealthResult>(() => undefined);
        },
      },
    );
    const report = monitor.runHealthChecks();
    await clock.advance(250);
    expect(await report).toMatchObject({
      overallHealth: 'unhealthy',
      checks: [
        { name: 'works', status: 'healthy' },
        {
          name: 'hangs',
          status: 'unhealthy',
          message: 'no answer after 250 ms (allowed: 250 ms)',
          durationMs: 250,
        },
      ],
    });
    expect(aborted).toBe(true);
  });

  it('never runs a hanging check a second time, says how long it hangs, and hears it when it comes back', async () => {
    const { clock, monitor } = newMonitor();
    const runs: ((result: HealthResult) => void)[] = [];
    monitor.add('auralis', {
      name: 'hangs',
      check: () => new Promise<HealthResult>((resolve) => runs.push(resolve)),
    });
    const first = monitor.runHealthChecks();
    await clock.advance(1000);
    await first;
    await clock.advance(9000);
    const second = monitor.runHealthChecks();
    await clock.advance(0);
    expect((await second).checks[0]?.message).toBe('no answer after 10000 ms (allowed: 1000 ms)');
    expect(runs).toHaveLength(1);

    runs[0]?.(healthy);
    await clock.advance(0);
    const third = monitor.runHealthChecks();
    runs[1]?.(healthy);
    expect((await third).overallHealth).toBe('healthy');
  });

  it('answers a thousand callers at the same time with one run', async () => {
    const { monitor } = newMonitor();
    let runs = 0;
    monitor.add('auralis', {
      name: 'counted',
      check: () => {
        runs++;
        return healthy;
      },
    });
    await Promise.all(Array.from({ length: 1000 }, () => monitor.runHealthChecks()));
    expect(runs).toBe(1);
    await monitor.runHealthChecks();
    expect(runs).toBe(2);
  });

  it('reports one system alone when asked', async () => {
    const { monitor } = newMonitor();
    monitor.add('auralis', { name: 'buffer', check: () => healthy });
    monitor.add('voice', {
      name: 'microphone',
      check: () => ({ status: 'unhealthy', message: 'unplugged' }),
    });
    expect((await monitor.runHealthChecks('auralis')).overallHealth).toBe('healthy');
    expect((await monitor.runHealthChecks()).overallHealth).toBe('unhealthy');
    expect(monitor.systems).toEqual(['auralis', 'voice']);
  });

  it('forgets checks that are taken out', () => {
    const { monitor } = newMonitor();
    const remove = monitor.add('auralis', { name: 'buffer', check: () => healthy });
    remove();
    expect(monitor.systems).toEqual([]);
  });

  it('refuses two checks of one name and impossible timeouts, and says so', () => {
    const { clock, monitor } = newMonitor();
    monitor.add('auralis', { name: 'buffer', check: () => healthy });
    expect(() => monitor.add('auralis', { name: 'buffer', check: () => healthy })).toThrow(
      /auralis:buffer.*exists/,
    );
    expect(() => new HealthMonitor({ clock, timeoutMs: 0 })).toThrow(
      /timeoutMs of the HealthMonitor must be a number above 0/,
    );
    expect(() =>
      monitor.add('auralis', { name: 'slow', timeoutMs: Number.NaN, check: () => healthy }),
    ).toThrow(/timeoutMs of the health check "auralis:slow" .*got NaN/);
  });
});
