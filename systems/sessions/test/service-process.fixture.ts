import { createSupervisor, Signals, seededRandom, systemClock } from '@sustain/kernel';
import { untilShutdownSignal, useAsyncOperations } from '@sustain/kernel/node';
import {
  defineConfiguration,
  healthSection,
  loadConfiguration,
  serverSection,
  storesSection,
} from '@sustain/ops/config';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer } from '@sustain/ops/server';
import { fallbackConflict } from '@sustain/stores';
import { createSessions, sessionModeChanged, sessionOperationFailed, sessionsSection } from '../src/index.ts';
import { serveFilms } from './film-service.fixture.ts';

// An instance of the session service, as the studio makes it, configured by its environment, which also makes films on the
// Redis of `FILMS_REDIS_URL`. It tells of conflicts and modes. It may be killed at any time, and goes on when it is started again.
const tell = (message: unknown) => console.log(JSON.stringify(message));

useAsyncOperations();
const definition = defineConfiguration({
  sessions: sessionsSection,
  stores: storesSection,
  health: healthSection,
  server: serverSection,
});
const { config } = loadConfiguration(definition, {
  flags: { sessions: { retryConfig: { baseDelay: '100ms' } } },
});
const clock = systemClock;
const random = seededRandom(`${config.sessions.instance}/${process.env['DRILL_LIFE']}`);
const signals = new Signals({ clock });
signals.on(fallbackConflict, ({ data }) => tell({ conflict: data }));
signals.on(sessionModeChanged, ({ data }) => tell({ mode: data.mode, reason: data.reason }));
signals.on(sessionOperationFailed, ({ data }) => {
  const { code, message } = data.fault;
  if (code === 'SESSION_STORAGE_CORRUPTED' || code === 'SESSION_ERROR') tell({ failed: message });
});
const health = new HealthMonitor({ clock, signals });
const server = createServer({ ...config.server, health, clock, signals });
const { child, manager } = createSessions({ server, health, signals, clock, random, config });
const redisUrl = process.env['FILMS_REDIS_URL'] as string;
const closeFilms = serveFilms({ server, manager, redisUrl, clock, random: random.fork('films'), signals });
const supervisor = createSupervisor({ id: 'service', children: [child], clock, random, signals });

const shutdown = untilShutdownSignal();
await supervisor.start();
await server.start();
tell({ up: true });
await Promise.race([shutdown.requested, supervisor.exited]);
await server.stop();
await closeFilms();
await supervisor.stop();
shutdown.dispose();
