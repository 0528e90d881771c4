import { Signals, SimulatedClock } from '@sustain/kernel';
import { beforeEach, expect, it } from 'vitest';
import { eventLoopBlocked, HealthMonitor, type HealthResult, ServiceHealth } from '../health/index.ts';
import { PerformanceMonitor } from '../performance/index.ts';
import { createLogging, type LogEntry, logSignals } from './index.ts';

let clock: SimulatedClock;
let signals: Signals;
let entries: LogEntry[];
const said = () => entries.map(({ level, module, message }) => `${level} ${module} - ${message}`);
beforeEach(() => {
  clock = new SimulatedClock();
  signals = new Signals({ clock });
  entries = [];
  const stream = { write: (line: string) => entries.push(JSON.parse(line)) };
  logSignals(signals, createLogging({ outputs: [{ console: 'json', stream }], clock }), { clock });
});

it('a check that changes is told with its reason, and then what it means for the whole', async () => {
  let result: HealthResult = { status: 'healthy' };
  const health = new HealthMonitor({ clock, signals });
  health.add('auralis', { name: 'buffer', check: () => result });
  await health.runHealthChecks();
  result = { status: 'unhealthy', message: 'it is empty' };
  await health.runHealthChecks();
  result = { status: 'healthy' };
  await health.runHealthChecks();
  expect(said()).toEqual([
    'ERROR auralis - buffer is unhealthy: it is empty',
    'ERROR health - everything together is unhealthy',
    'INFO auralis - buffer is healthy',
    'INFO health - everything together is healthy',
  ]);
});

it('operations of 5 s or more are warned of (S4-31), and those beyond a threshold of one’s own', async () => {
  const sessions = new ServiceHealth({ name: 'sessions', clock, signals });
  sessions.record('success', 4999);
  sessions.record('success', 5000);
  const performance = new PerformanceMonitor({ clock, signals });
  const rendering = performance.trackOperation('render', () => clock.sleep(1000));
  await clock.advance(1000);
  await rendering;
  expect(said()).toEqual([
    'WARNING sessions - an operation took 5000 ms (slow from 5000 ms on)',
    'WARNING performance - render took 1000 ms (slow from 1000 ms on)',
  ]);
  // Where the analysis looks for them.
  expect(entries.map(({ performance }) => performance)).toEqual([
    { operation: 'sessions', durationMs: 5000 },
    { operation: 'render', durationMs: 1000 },
  ]);
});

it('a blocked event loop is told', () => {
  signals.channel(eventLoopBlocked).emit({ blockedMs: 412.3, lines: 1 }, { source: 'event-loop' });
  expect(said()).toEqual(['WARNING event-loop - the event loop was blocked for 412 ms']);
});
