import process from 'node:process';
import { type ChildSpec, createSupervisor, seededRandom, systemClock, systemRandom } from '@sustain/kernel';
import { untilShutdownSignal, useAsyncOperations } from '@sustain/kernel/node';
import { printConfiguration } from '@sustain/ops/config';
import { createServer, type Server } from '@sustain/ops/server';
import { type ConfigurationFlags, type StudioConfiguration, studioConfiguration } from './configuration.ts';
import { type Operations, startOperations } from './operations.ts';
import { type Print, printTo } from './print-to.ts';
import { type StudioSystem, systems } from './systems.ts';
import { version } from './version.ts';

export interface UpOptions extends ConfigurationFlags {
  readonly systems: readonly string[];
  /** All of the systems' chance. Default: the host's. */
  readonly seed?: string;
}

/**
 * Runs systems under one supervisor and one server until a shutdown signal arrives; then stops them in reverse
 * order. Rejects with the fault when the configuration is wrong, when the server cannot listen, or when the top
 * supervisor gives up.
 */
export async function up(options: UpOptions): Promise<void> {
  useAsyncOperations();
  const print = printTo(process.stdout);
  const loaded = studioConfiguration(options);
  print(printConfiguration(loaded, 'changed'));
  const operations = startOperations(loaded, version(), systemClock, systemRandom);
  try {
    await runSystems(options, operations, loaded.config, print);
  } finally {
    await operations.close();
  }
}

async function runSystems(
  { systems: names, seed }: UpOptions,
  operations: Operations,
  config: StudioConfiguration['config'],
  print: Print,
): Promise<void> {
  const clock = systemClock;
  const random = seed === undefined ? systemRandom : seededRandom(seed);
  const { signals, health, metrics } = operations;
  const server = createServer({ ...config.server, health, metrics, clock, signals });
  const host = { server, health, metrics, signals, clock, random, config };
  const creators = await Promise.all(names.flatMap((name) => systems[name]?.() ?? []));
  const running = creators.map((create) => create(host));
  const supervisor = createSupervisor({
    id: 'studio',
    children: [...running.map(({ child }) => child), serverChild(server)],
    clock,
    random,
    signals,
  });

  const shutdown = untilShutdownSignal();
  try {
    const starting = supervisor.start();
    await Promise.race([starting, shutdown.requested]);
    if (!shutdown.signal.aborted) {
      print(announcement(await server.start(), running));
      operations.watch();
      await Promise.race([shutdown.requested, supervisor.exited]);
    }
  } finally {
    await supervisor.stop();
    await Promise.all(running.map(({ close }) => close?.()));
    shutdown.dispose();
  }
  const reason = await supervisor.exited;
  if (reason.kind === 'failed') throw reason.fault;
}

/** Last to start, first to stop: it answers only when there is something to answer about. */
function serverChild(server: Server): ChildSpec {
  return {
    id: 'server',
    restart: 'permanent',
    start({ signal }) {
      const ready = server.start();
      const exited = new Promise<{ kind: 'finished' }>((resolve, reject) => {
        signal.addEventListener('abort', () => {
          server.stop().then(() => resolve({ kind: 'finished' }), reject);
        });
      });
      return { ready, exited };
    },
  };
}

function announcement(url: string, running: readonly StudioSystem[]): string {
  const lines = running.flatMap(({ page }) => (page === undefined ? [] : [`  listen   ${url}${page}`]));
  return ['sustain is up', ...lines, `  health   ${url}/health`, 'Ctrl-C stops it', ''].join('\n');
}
