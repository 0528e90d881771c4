import { drill } from '@sustain/drills';
import { Signals, seededRandom, systemClock } from '@sustain/kernel';
import { defineConfiguration, healthSection, loadConfiguration, storesSection } from '@sustain/ops/config';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer } from '@sustain/ops/server';
import { sessionsSection } from '../configuration.ts';
import { sessionFaults } from '../faults.ts';
import { createSessions } from '../main.ts';
import { type OpenedSessions, SessionsProgram } from './sessions-program.ts';

export const folderTwice = drill<SessionsProgram & { readonly folder: string }>({
  name: 'two-programs-in-one-folder',
  fault: sessionFaults.SESSIONS_FOLDER_IN_USE,
  kind: 'configuration',
  breaks: 'a second program is started with the folder of the first',
  recovers: 'the second does not start, and says whose folder it is; the first goes on',
  notices: 'that the second program does not start, and why',
  async subject(scene) {
    const folder = scene.folder();
    return Object.assign(await SessionsProgram.start({ open: () => started(folder) }), { folder });
  },
  async inject(program, scene) {
    await scene.attempt(() => started(program.folder));
  },
  limits: { detectMs: 3000, recoveryMs: 1500, restoreMs: 4000 },
  async afterwards(program, scene) {
    await program.expectNothingLost();
    await (await started(scene.folder())).close(); // each in a folder of its own
  },
  sabotage: {
    file: new URL('../main.ts', import.meta.url),
    replace:
      'if (lock === undefined) throw sessionFaults.SESSIONS_FOLDER_IN_USE({ folder: resolve(folder) });',
    by: "if (lock === undefined) return { release: () => resolve('') };",
  },
});

/** The service as the studio makes it, by its configuration, in its folder. Rejects as it does when it is made. */
async function started(folder: string): Promise<OpenedSessions> {
  const clock = systemClock;
  const signals = new Signals({ clock });
  const health = new HealthMonitor({ clock });
  const server = createServer({ port: 0, health, clock, signals });
  const definition = defineConfiguration({
    sessions: sessionsSection,
    stores: storesSection,
    health: healthSection,
  });
  const flags = { sessions: { folder, instance: 'one' } };
  const { config } = loadConfiguration(definition, { environment: {}, flags });
  const random = seededRandom(folder);
  const { manager, child } = createSessions({ server, health, signals, clock, random, config });
  const end = new AbortController();
  const { ready, exited } = child.start({ signal: end.signal } as Parameters<typeof child.start>[0]);
  await ready;
  return {
    manager,
    async close() {
      end.abort();
      await exited;
      await server.stop();
    },
  };
}
