import { join } from 'node:path';
import { drill, type Scene, serverKilled } from '@sustain/drills';
import { blackhole, type TcpProxy } from '@sustain/drills/network';
import { systemClock } from '@sustain/kernel';
import { sessionFaults } from '../faults.ts';
import { type Answer, ask, Refused } from './ask.ts';
import { file, type OwnRedis, ownRedis, sessionsIn, wayTo } from './places.ts';
import { DIARY, SessionsProgram } from './sessions-program.ts';

/** Two instances on one store, each with a journal and a way to the store of its own. The first has the diary. */
type TwoInstances = SessionsProgram & {
  readonly redis: OwnRedis;
  readonly way: TcpProxy;
  readonly other: SessionsProgram;
};

const LIMITS = { detectMs: 2500, recoveryMs: 6000, restoreMs: 10_000 };
const NOTICES = 'nothing at the instance that has the session; at others 503, with Retry-After';

export const gracefulDegradation = drill<TwoInstances>({
  name: 'graceful-degradation',
  fault: sessionFaults.SESSION_SERVICE_UNAVAILABLE,
  kind: 'process',
  breaks: 'SIGKILL to the server of the store that two instances share',
  recovers:
    'the instance that has a session goes on with it in its journal, the other one answers 503, and when the store is back both have all of it',
  notices: NOTICES,
  subject: twoInstances,
  async inject(program, scene) {
    await program.betweenUses(async () => void scene.inject(await serverKilled(program.redis.server)));
    await scene.attempt(() => appendAtOther(program));
  },
  limits: LIMITS,
  whileBroken: isRefusedAtOther,
  afterwards: bothHaveAll,
  sabotage: {
    file: new URL('../recovery.ts', import.meta.url),
    replace: 'mayAcknowledge: (key) => rights.mayAcknowledge(key),',
    by: 'mayAcknowledge: () => false,',
  },
});

export const instanceCutOff = drill<TwoInstances>({
  name: 'instance-cut-off',
  fault: sessionFaults.SESSION_HELD_ELSEWHERE,
  kind: 'network',
  breaks: 'an instance is cut off from the store, and a session of its is asked for at another one',
  recovers:
    'only the instance that has the session changes it, in its journal, until it can hand it over; the other one answers 503',
  notices: NOTICES,
  subject: twoInstances,
  async inject(program, scene) {
    await program.betweenUses(async () => void scene.inject(program.way.add(blackhole())));
    await scene.attempt(() => appendAtOther(program));
  },
  limits: LIMITS,
  whileBroken: isRefusedAtOther,
  afterwards: bothHaveAll,
  sabotage: {
    file: new URL('../ownership/shared-ownership.ts', import.meta.url),
    replace: 'if (clock.monotonicMs() >= endMs) throw held(found.value, operation, TOO_SLOW);',
    by: 'if (clock.monotonicMs() >= endMs) {\nfound = await this.#take(found);\ncontinue;\n}',
  },
});

async function twoInstances(scene: Scene): Promise<TwoInstances> {
  const redis = await ownRedis(scene);
  const { server } = redis;
  const way = await wayTo(server, scene);
  const folder = scene.folder();
  const start = async (instance: string, url: string) => {
    const primary = await redis.open(url);
    const spare = file(join(folder, `${instance}.db`));
    const options = { primary, spare, instance, shared: true, handOverPatienceMs: 100 };
    return SessionsProgram.start({ open: (signals) => sessionsIn({ ...options, signals }) });
  };
  const program = await start('a', way.through(server.url));
  const other = await start('b', server.url);
  scene.defer(() => other.close());
  return Object.assign(program, { redis, way, other });
}

/** A client of the other instance: its event is one that nobody else sends. */
function appendAtOther({ other }: TwoInstances): Promise<Answer> {
  return ask(`${other.url}${DIARY}/events`, { method: 'POST', body: { event: { id: 'at-the-other' } } });
}

/** As a client does that was told to ask again. */
async function handedOver(program: TwoInstances): Promise<void> {
  const untilMs = systemClock.monotonicMs() + 5000;
  for (;;) {
    try {
      await appendAtOther(program);
      return;
    } catch (error) {
      const isPassing = error instanceof Refused && error.answer.status === 503;
      if (!isPassing || systemClock.monotonicMs() > untilMs) throw error;
      await systemClock.sleep(20);
    }
  }
}

async function isRefusedAtOther(program: TwoInstances): Promise<void> {
  const refused = await appendAtOther(program).catch((error: unknown) => error);
  if (
    !(refused instanceof Refused) ||
    refused.answer.status !== 503 ||
    !refused.answer.headers.get('retry-after')
  )
    throw new Error(`the other instance was to answer 503 with Retry-After, and not ${refused}`);
}

/** Of what was acknowledged by the one, the other one knows, and goes on with it. */
async function bothHaveAll(program: TwoInstances): Promise<void> {
  await program.expectNothingLost();
  await program.betweenUses(async () => {
    await handedOver(program);
    program.events.push('at-the-other');
  });
  await program.expectNothingLost();
}
