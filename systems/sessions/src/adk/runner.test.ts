import { SimulatedClock } from '@sustain/kernel';
import { memoryStore } from '@sustain/stores/memory';
import { describe, expect, test } from 'vitest';
import { createSessionManager } from '../manager/index.ts';
import { stand } from './breakable.fixture.ts';
import { breakableStore } from './breakable-store.fixture.ts';
import { ResilientSessionService } from './index.ts';
import { APP, scriptedRunner, storyOf, turn, USER } from './scripted-agent.fixture.ts';
import { read } from './spoken.fixture.ts';

const key = { appName: APP, userId: USER, sessionId: 'talk-1' };

/** A service, and how what it stands on goes away and comes back. */
interface Setting {
  readonly service: ResilientSessionService;
  leave(): void;
  comeBack(): Promise<void>;
  /** What is stored, as another program sees it. */
  stored(): Promise<string[]>;
}

const settings: readonly [string, () => Setting][] = [
  ['over a service of ADK', overService],
  ['over our session manager', overManager],
];

describe.each(settings)('ADK’s own Runner with a session service %s', (_, open) => {
  test('S4-66: talks through several turns, with tools and state', async () => {
    const { service, stored } = open();
    const runner = scriptedRunner(service);
    await service.createSession(key);
    expect(await turn(runner, key.sessionId, 'hello')).toEqual(['heard: hello']);
    await turn(runner, key.sessionId, 'remember this');
    await turn(runner, key.sessionId, 'remember that');
    const { state, events } = await read(service, key);
    expect(state).toEqual({ remembered: 2 });
    expect(storyOf(events)).toEqual(await stored());
    expect(storyOf(events)).toHaveLength(10);
    await service.close();
  });

  test('S4-67: the conversation goes on when the store fails in the middle of a turn, and nothing is lost or doubled', async () => {
    const { service, leave, comeBack, stored } = open();
    const runner = scriptedRunner(service, leave);
    await service.createSession(key);
    await turn(runner, key.sessionId, 'hello');
    expect(await turn(runner, key.sessionId, 'remember this')).toHaveLength(1);
    expect(await turn(runner, key.sessionId, 'are you there')).toEqual(['heard: are you there']);
    expect((await service.state()).state).toBe('away');
    await comeBack();
    await turn(runner, key.sessionId, 'back');
    expect(await stored()).toEqual([
      ...['hello', 'heard: hello'],
      ...['remember this', 'call remember', 'result of remember', 'heard: tool: {"done":true}'],
      ...['are you there', 'heard: are you there'],
      ...['back', 'heard: back'],
    ]);
    expect((await read(service, key)).state).toEqual({ remembered: 1 });
    await service.close();
  });

  test('asks other agents, and runs sessions of a moment, with the default policy', async () => {
    const { service } = open();
    const runner = scriptedRunner(service);
    await service.createSession(key);
    for (const what of ['one', 'two']) {
      expect(await turn(runner, key.sessionId, `ask ${what}`)).toEqual([
        `heard: tool: {"result":"the expert says: ${what}"}`,
      ]);
    }
    // The tool's agent has a session of its own, of the same id.
    const experts = await read(service, { ...key, appName: 'expert' });
    expect(storyOf(experts.events)).toEqual(['one', 'the expert says: one', 'two', 'the expert says: two']);
    const moment = runner.runEphemeral({
      userId: USER,
      newMessage: { role: 'user', parts: [{ text: 'psst' }] },
    });
    for await (const event of moment) expect(storyOf([event])).toEqual(['heard: psst']);
    expect((await service.listSessions({ appName: APP })).totalItems).toBe(1);
    await service.close();
  });

  test('two turns at once in one session: the later one is refused before it corrupts the other (adk-python#4751)', async () => {
    const { service, stored } = open();
    const runner = scriptedRunner(service);
    await service.createSession(key);
    const turns = await Promise.allSettled(['a', 'b'].map((text) => turn(runner, key.sessionId, text)));
    const refused = turns.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
    expect(refused.reason).toMatchObject({ code: 'SESSION_CONCURRENT_ACCESS' });
    expect(await stored()).toHaveLength(2);
    await service.close();
  });
});

function overService(): Setting {
  const { service, link, comeBack } = stand();
  return {
    service,
    leave: () => {
      link.way = 'away';
    },
    comeBack,
    stored: async () => storyOf((await link.inner.getSession(key))?.events),
  };
}

function overManager(): Setting {
  const clock = new SimulatedClock();
  const inner = memoryStore({ clock });
  const way = breakableStore(inner);
  const spare = memoryStore({ clock });
  const options = { instance: 'one', cleanupEveryMs: Number.POSITIVE_INFINITY, clock };
  const manager = createSessionManager({
    primary: way.store,
    spare,
    fallback: { acceptLoss: true },
    ...options,
  });
  const service = new ResilientSessionService({ manager });
  return {
    service,
    leave: () => {
      way.isAway = true;
    },
    async comeBack() {
      way.isAway = false;
      while ((await service.state()).state !== 'normal') await clock.advance(500);
    },
    async stored() {
      const other = createSessionManager({ primary: inner, ...options, instance: 'two' });
      const { events } = await other.getSession(key);
      return storyOf(events as never);
    },
  };
}
