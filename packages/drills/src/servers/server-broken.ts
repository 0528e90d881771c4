import { systemClock } from '@sustain/kernel';
import { drillFaults } from '../drill-faults.ts';
import { type Injection, startInjection } from '../injection/index.ts';
import type { BreakOptions } from '../processes/index.ts';
import type { ServerProcess } from './server-process.ts';

const lookEveryMs = 5;

/**
 * SIGKILL to all of its processes: connections break, and nobody listens. Ending it starts it again, with its port and
 * its data, unless somebody else did, and resolves when it answers. Rejects with NOT_POSSIBLE_NOW when it is not up.
 */
export async function serverKilled(server: ServerProcess, options: BreakOptions = {}): Promise<Injection> {
  requireUp(server, 'be killed');
  return down(server, `SIGKILL to ${server.name}`, () => server.kill(), options);
}

/** Asked to end well, as for maintenance: it says goodbye to its clients. Otherwise as `serverKilled`. */
export async function serverStopped(server: ServerProcess, options: BreakOptions = {}): Promise<Injection> {
  requireUp(server, 'be stopped');
  return down(server, `${server.name} stopped`, () => server.stop(), options);
}

/**
 * SIGSTOP to all of its processes: connections stay open, the system accepts more, and nobody answers. Ending it
 * resolves when it answers; harmless when it has been killed meanwhile. Throws NOT_POSSIBLE_NOW when it is not up.
 */
export function serverPaused(server: ServerProcess, options: BreakOptions = {}): Injection {
  requireUp(server, 'be paused');
  const injection = startInjection({
    ...options,
    what: `SIGSTOP to ${server.name}`,
    undo: async () => {
      if (server.state !== 'paused') return;
      server.resume();
      await server.untilReady();
    },
    ifDead: [{ undo: 'continue', pid: server.pid as number }],
  });
  server.pause();
  return injection;
}

function requireUp({ name, state }: ServerProcess, what: string): void {
  if (state !== 'up') throw drillFaults.NOT_POSSIBLE_NOW({ target: name, what, state });
}

/** The hard end may come while it still ends: then it waits for that. */
async function down(
  server: ServerProcess,
  what: string,
  breaks: () => Promise<void>,
  options: BreakOptions,
): Promise<Injection> {
  let breaking: Promise<void> | undefined;
  const undo = async () => {
    await breaking;
    await bringBack(server);
  };
  const injection = startInjection({ ...options, what, undo });
  breaking = breaks();
  await breaking;
  return injection;
}

async function bringBack(server: ServerProcess): Promise<void> {
  while (server.state === 'starting') await systemClock.sleep(lookEveryMs); // by somebody else
  if (server.state === 'down') await server.start();
}
