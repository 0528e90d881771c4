import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AnsweredProblem, drill, type Scene, startInjection } from '@sustain/drills';
import { Signals, systemClock } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { createServer } from '@sustain/ops/server';
import { memoryStore } from '@sustain/stores/memory';
import { sessionFaults } from '../faults.ts';
import { createSessionManager } from '../manager/index.ts';
import { serveSessions } from '../routes/index.ts';
import { file, sessionsIn } from './places.ts';
import { inMemory } from './refused-requests.ts';
import { SessionsProgram } from './sessions-program.ts';

const LIMITS = { detectMs: 3000, recoveryMs: 1500, restoreMs: 4000 };
const NOTICES = 'that the service is not set up correctly';

export const instanceTwice = drill<SessionsProgram & { readonly path: string }>({
  name: 'two-instances-of-one-name',
  fault: sessionFaults.INSTANCE_NAME_TAKEN,
  kind: 'configuration',
  breaks: 'a second instance is started under the name of the first',
  recovers:
    'the first writes no more, so that no two take a session for theirs, until each has a name of its own',
  notices: 'that the first instance changes nothing any more',
  async subject(scene) {
    const path = join(scene.folder(), 'sessions.db');
    const open = (signals: SessionsProgram['signals']) =>
      sessionsIn({ primary: file(path, 5000), shared: true, signals });
    return Object.assign(await SessionsProgram.start({ open }), { path });
  },
  async inject(program, scene) {
    const primary = file(program.path, 5000);
    const second = createSessionManager({ primary, instance: 'one', shared: true });
    const undo = async () => {
      await second.close();
      await primary.close();
      await program.restart();
    };
    scene.inject(startInjection({ what: 'two instances of one name', undo }));
    await second.open();
  },
  limits: LIMITS,
  afterwards: (program) => program.expectNothingLost(),
  sabotage: {
    file: new URL('../ownership/instance-life.ts', import.meta.url),
    replace: 'return record !== undefined && this.#isAnother(record);',
    by: 'return false;',
  },
});

export const shortSecret = drill<SessionsProgram>({
  name: 'token-secret-too-short',
  fault: sessionFaults.SESSION_TOKEN_SECRET_UNUSABLE,
  kind: 'configuration',
  breaks: 'somebody gives the service a secret for its tokens that can be guessed',
  recovers: 'it does not start with it, and says how to make a good one; services that are right go on',
  notices: NOTICES,
  subject: () => SessionsProgram.start({ open: inMemory }),
  async inject({ manager }, scene) {
    const clock = systemClock;
    const signals = new Signals({ clock });
    const server = createServer({ port: 0, health: new HealthMonitor({ clock }), clock, signals });
    scene.defer(() => server.stop());
    await scene.attempt(() => serveSessions(server, { manager, tokenSecrets: ['secret'] }));
  },
  limits: LIMITS,
  sabotage: {
    file: new URL('../routes/tokens/session-tokens.ts', import.meta.url),
    replace: 'if (bytes.length < MIN_SECRET_BYTES)',
    by: 'if (false)',
  },
});

export const usedAfterClose = drill<SessionsProgram>({
  name: 'sessions-used-after-close',
  fault: sessionFaults.SESSIONS_CLOSED,
  kind: 'code',
  breaks: 'the program is started anew, and a part of it goes on with the sessions of before',
  recovers: 'it is told that they are closed, and nothing is written past those who have them now',
  notices: 'nothing; the mistake is told to the part that has made it',
  subject(scene) {
    const primary = memoryStore();
    scene.defer(() => primary.close());
    const open = (signals: SessionsProgram['signals']) => {
      return {
        manager: createSessionManager({ primary, instance: 'one', signals }),
        close: async () => undefined,
      };
    };
    return SessionsProgram.start({ open });
  },
  async inject(program, scene) {
    const { manager } = program;
    await program.restart();
    const key = { appName: 'studio', userId: 'ada', sessionId: 'diary' };
    await scene.attempt(() => manager.appendEvent(key, { event: { id: 'of-before' } }));
  },
  limits: LIMITS,
  afterwards: (program) => program.expectNothingLost(),
  sabotage: {
    file: new URL('../manager/service-life.ts', import.meta.url),
    replace: 'if (!this.isClosed) return;',
    by: 'return;',
  },
});

export const adkMissing = drill<SessionsProgram>({
  name: 'adk-not-installed',
  fault: sessionFaults.ADK_MISSING,
  kind: 'configuration',
  breaks: 'a program uses the entry point for ADK, and has not installed ADK',
  recovers: 'it says what to install',
  notices: 'that the program does not start, and why',
  subject: () => SessionsProgram.start({ open: inMemory }),
  inject: async (_, scene) => void (await scene.attempt(() => importWithoutAdk(scene))),
  limits: { ...LIMITS, detectMs: 15_000 }, // a process starts, and loads a package
  sabotage: {
    file: new URL('../adk/load-adk.ts', import.meta.url),
    replace: 'if (!isMissing) throw error;',
    by: 'throw error;',
  },
});

/** A project of somebody who has not installed it: rejects as importing does there. */
async function importWithoutAdk({ signal }: Scene): Promise<void> {
  const hooks = `data:text/javascript,${encodeURIComponent(HIDES_ADK)}`;
  const args = ['--import', hooks, '--input-type=module', '--eval', IMPORTS_ADK];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: import.meta.dirname, signal });
  const { system, code, message } = JSON.parse(stdout) as Record<'system' | 'code' | 'message', string>;
  throw new AnsweredProblem(system, code, message, 'of the other process');
}

const HIDES_ADK = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== '@google/adk') return next(specifier, context);
      const message = "Cannot find package '@google/adk' imported from " + context.parentURL;
      throw Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });
    },
  });`;

/** The first that the entry point does. */
const IMPORTS_ADK = `
  const { classify } = await import('@sustain/kernel');
  const error = await import('${new URL('../adk/load-adk.ts', import.meta.url)}').catch((error) => error);
  const { system, code, message } = classify(error);
  console.log(JSON.stringify({ system, code, message }));`;
