import { join } from 'node:path';
import { type Attempted, drill, type Scene, serverKilled } from '@sustain/drills';
import { blackhole, refuse, reset } from '@sustain/drills/network';
import { sessionFaults } from '../faults.ts';
import type { SessionManagerOptions } from '../manager/index.ts';
import { type Answer, Refused } from './ask.ts';
import { file, type OwnRedis, ownRedis, sessionsIn } from './places.ts';
import { SessionsProgram, USER } from './sessions-program.ts';

type OnRedis = SessionsProgram & { readonly redis: OwnRedis };
type Creating = OnRedis & { creation?: Promise<Attempted<Answer>> };

/** For machines that are busy. */
const LIMITS = { detectMs: 2000, recoveryMs: 3000, restoreMs: 8000 };

export const creationRetry = drill<Creating>({
  name: 'session-creation-retry',
  fault: sessionFaults.SESSION_SERVICE_UNAVAILABLE,
  kind: 'network',
  breaks: 'the connection to the store is reset, and new ones are refused, while clients create sessions',
  recovers: 'what is transient is tried again, later each time, under the same id: one session comes of it',
  notices: 'that it takes longer',
  subject: (scene) => onRedis(scene, { retry: PATIENT }),
  async inject(program, scene) {
    await program.betweenUses(async () => {
      scene.inject(program.redis.proxy.add(refuse()));
      await program.redis.proxy.add(reset(), { connections: 'open' }).end();
    });
    const body = { sessionId: 'wanted', state: { title: 'Rain' } };
    program.creation = scene.attempt(() => program.ask(USER, { method: 'POST', body }));
  },
  lastsMs: 60,
  limits: LIMITS,
  async afterwards(program) {
    const made = await program.creation;
    if (!made?.ok) throw made?.error ?? new Error('nobody has created anything');
    program.created.push(made.value.body['sessionId'] as string);
    program.expectNothingNoticed();
    await program.expectNothingLost();
  },
  sabotage: {
    file: new URL('../recovery.ts', import.meta.url),
    replace: 'maxAttempts: config.maxAttempts ?? 3',
    by: 'maxAttempts: 1',
  },
});

export const answerLost = drill<OnRedis>({
  name: 'answer-of-an-append-lost',
  fault: sessionFaults.SESSION_OUTCOME_UNKNOWN,
  kind: 'network',
  breaks: 'the store gets all that is written, and none of its answers arrive',
  recovers: 'the change is repeated under its id, and has been done once',
  notices: 'that it takes longer',
  subject: (scene) => onRedis(scene, { retry: PATIENT }, 150),
  inject({ redis }, scene) {
    scene.inject(redis.proxy.add(blackhole(), { direction: 'down' }));
  },
  lastsMs: 100,
  limits: { ...LIMITS, recoveryMs: 4000 },
  async afterwards(program) {
    program.expectNothingNoticed();
    await program.expectNothingLost();
  },
  sabotage: {
    file: new URL('../recovery.ts', import.meta.url),
    replace: 'maxAttempts: config.maxAttempts ?? 3',
    by: 'maxAttempts: 1',
  },
});

export const fallbackMechanism = drill<OnRedis>({
  name: 'fallback-mechanism',
  fault: sessionFaults.SESSION_SERVICE_UNAVAILABLE,
  kind: 'process',
  breaks: 'SIGKILL to the server of the store',
  recovers:
    'sessions that are known, and new ones, go on in a journal, which the store gets when it is back; of all else the answer is 503, and never that there is none',
  notices: 'nothing, or 503 for a session that nobody has used lately',
  subject: (scene) => withJournal(scene),
  async inject(program, scene) {
    await program.betweenUses(async () => void scene.inject(await serverKilled(program.redis.server)));
    await scene.attempt(() => program.ask(`${USER}/unknown`));
  },
  limits: LIMITS,
  async whileBroken(program) {
    const refused = await program.ask(`${USER}/unknown`).catch((error: unknown) => error);
    if (!(refused instanceof Refused) || refused.answer.status !== 503)
      throw new Error(`of a session that cannot be known it said ${refused}`);
  },
  afterwards: (program) => program.expectNothingLost(),
  sabotage: {
    file: new URL('../manager/manager-parts.ts', import.meta.url),
    replace: 'this.store = this.fallback?.store ?? this.primary;',
    by: 'this.store = this.primary;',
  },
});

/** Whether somebody who looked at the health of the service was told that it is degraded. */
type Watched = OnRedis & { wasTold?: boolean };

export const healthMonitoring = drill<Watched>({
  name: 'health-monitoring',
  fault: sessionFaults.SESSION_SERVICE_UNAVAILABLE,
  kind: 'process',
  breaks: 'SIGKILL to the server of the store, while nobody uses any session',
  recovers:
    'who looks at the health of the service is told within 2 s that it is degraded, and that it is well again',
  notices: 'nothing, or 503 for a session that nobody has used lately',
  async subject(scene) {
    const program = await withJournal(scene);
    const look = async (signal: AbortSignal) => {
      const { body } = await program.ask('/health/sessions', { signal });
      return body['status'] === 'pass' ? ('full' as const) : ('fallback' as const);
    };
    await program.use(scene.signal);
    return Object.assign(program, { use: look });
  },
  async inject(program, scene) {
    scene.inject(await serverKilled(program.redis.server));
    for (let looks = 0; looks < LOOKS && !program.wasTold; looks++)
      program.wasTold = (await program.use(scene.signal)) === 'fallback';
    await scene.attempt(() => program.ask(`${USER}/unknown`));
  },
  limits: { ...LIMITS, detectMs: 4000 },
  whileBroken({ wasTold }) {
    if (!wasTold) throw new Error('nobody was told that it is degraded');
  },
  afterwards: (program) => program.expectNothingLost(),
  sabotage: {
    file: new URL('../manager/create-session-manager.ts', import.meta.url),
    replace: 'if (isToAsk && !this.#life.isClosed)',
    by: 'if (false)',
  },
});

/** The first is told, as it asks the store itself; one that does not is told so however often it is. */
const LOOKS = 5;
const PATIENT = { maxAttempts: 100, baseDelayMs: 5, maxDelayMs: 20 };

async function onRedis(
  scene: Scene,
  options: Pick<SessionManagerOptions, 'retry' | 'spare'> = {},
  commandTimeoutMs?: number,
): Promise<OnRedis> {
  const redis = await ownRedis(scene);
  const primary = await redis.open(redis.proxy.through(redis.server.url), commandTimeoutMs);
  const open = (signals: SessionsProgram['signals']) => sessionsIn({ primary, signals, ...options });
  return Object.assign(await SessionsProgram.start({ open }), { redis });
}

function withJournal(scene: Scene): Promise<OnRedis> {
  return onRedis(scene, { spare: file(join(scene.folder(), 'journal.db')) });
}
