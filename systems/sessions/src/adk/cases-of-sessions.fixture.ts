import { expect } from 'vitest';
import type { AdkSession, AdkSessionService } from './adk-types.ts';
import type { Case, Setting } from './session-service-case.fixture.ts';
import { read, said, THEN, texts } from './spoken.fixture.ts';

/** What is promised of sessions, of their state, and of how they are read. */
export const casesOfSessions: readonly Case[] = [
  {
    trait: 'get-or-create',
    title: 'several getOrCreateSession at once with one id get the same session',
    async holds({ service, key }) {
      const got = await Promise.all(
        [1, 2, 3].map((x) => service.getOrCreateSession({ ...key, state: { x } })),
      );
      const [first] = got;
      expect(new Set(got.map(({ state }) => state['x'])).size).toBe(1);
      await service.appendEvent({ session: first as AdkSession, event: said('kept', {}, THEN) });
      expect(texts(await service.getOrCreateSession(key))).toEqual(['kept']);
    },
  },
  {
    trait: 'duplicate',
    title: 'a second session of the same id is refused, and the first one stays as it is (adk-python#2950)',
    async holds({ service, key }) {
      const session = await service.createSession({ ...key, state: { x: 1 } });
      await service.appendEvent({ session, event: said('kept', {}, THEN) });
      const again = service.createSession({ ...key, state: { x: 2 } });
      await expect(again).rejects.toMatchObject({ code: 'SESSION_ALREADY_EXISTS' });
      const now = await read(service, key);
      expect([now.state['x'], texts(now)]).toEqual([1, ['kept']]);
    },
  },
  {
    trait: 'delete-twice',
    title: 'to delete what is not there is harmless',
    async holds({ service, key }) {
      await service.createSession(key);
      await service.deleteSession(key);
      await expect(service.deleteSession(key)).resolves.toBeUndefined();
    },
  },
  {
    trait: 'first-calls',
    title: 'the first calls may come at once, and nobody has to initialise anything',
    isFresh: true,
    async holds({ service, key }) {
      const ids = ['a', 'b', 'c'];
      await Promise.all(ids.map((sessionId) => service.createSession({ ...key, sessionId })));
      for (const sessionId of ids) expect(await service.getSession({ ...key, sessionId })).toBeDefined();
    },
  },
  {
    trait: 'recent-none',
    title: 'numRecentEvents 0 is none',
    async holds({ service, key }) {
      await spoken(service, key, ['a', 'b']);
      expect(texts(await service.getSession({ ...key, config: { numRecentEvents: 0 } }))).toEqual([]);
    },
  },
  {
    trait: 'recent-some',
    title: 'numRecentEvents are the last ones',
    async holds({ service, key }) {
      await spoken(service, key, ['a', 'b', 'c']);
      expect(texts(await service.getSession({ ...key, config: { numRecentEvents: 2 } }))).toEqual(['b', 'c']);
      expect(texts(await service.getSession({ ...key, config: { numRecentEvents: 9 } }))).toHaveLength(3);
    },
  },
  {
    trait: 'after-time',
    title: 'afterTimestamp is that time or later',
    async holds({ service, key }) {
      await spoken(service, key, ['a', 'b', 'c']);
      expect(texts(await service.getSession({ ...key, config: { afterTimestamp: THEN + 1 } }))).toEqual([
        'b',
        'c',
      ]);
    },
  },
  {
    trait: 'shared-state',
    title: 'state of app: and user: is shared',
    async holds({ service, key }) {
      const session = await service.createSession(key);
      const delta = { 'app:theme': 'dark', 'user:name': 'Ana', own: 1 };
      await service.appendEvent({ session, event: said('hi', delta, THEN) });
      expect(session.state).toEqual(delta);
      const sibling = await service.createSession({ ...key, sessionId: 'two' });
      expect(sibling.state).toEqual({ 'app:theme': 'dark', 'user:name': 'Ana' });
      const stranger = await service.createSession({ ...key, userId: 'ben' });
      expect(stranger.state).toEqual({ 'app:theme': 'dark' });
    },
  },
  {
    trait: 'shared-state-at-creation',
    title: 'state of app: and user: that a session is created with is shared, too',
    async holds({ service, key }) {
      await service.createSession({ ...key, state: { 'app:theme': 'dark', own: 1 } });
      expect((await service.createSession({ ...key, sessionId: 'two' })).state).toEqual({
        'app:theme': 'dark',
      });
    },
  },
  {
    trait: 'temp-state',
    title: 'state of temp: is never stored',
    async holds({ service, key }) {
      const session = await service.createSession({ ...key, state: { 'temp:a': 1, b: 2 } });
      await service.appendEvent({ session, event: said('hi', { 'temp:c': 3, d: 4 }, THEN) });
      const now = await read(service, key);
      expect(now.state).toEqual({ b: 2, d: 4 });
      expect({ ...now.events[0]?.actions.stateDelta }).toEqual({ d: 4 });
    },
  },
  {
    trait: 'temp-live',
    title: 'state of temp: stays in the session of the invocation that has set it',
    async holds({ service, key }) {
      const session = await service.createSession(key);
      const { state } = session;
      state['temp:plan'] = 'short'; // as State.set does
      await service.appendEvent({ session, event: said('hi', { 'temp:plan': 'short', x: 1 }, THEN) });
      expect(session.state).toEqual({ 'temp:plan': 'short', x: 1 });
      expect(session.state).toBe(state); // contexts hold it
    },
  },
  {
    trait: 'own-copies',
    title: 'what a caller does to a session that it got changes nothing that is stored',
    async holds({ service, key }) {
      await spoken(service, key, ['a']);
      const session = await read(service, key);
      session.state['x'] = { deep: true };
      session.events.pop();
      expect(texts(await read(service, key))).toEqual(['a']);
      expect((await read(service, key)).state).toEqual({});
    },
  },
  {
    trait: 'pages',
    title: 'sessions are listed by pages, by user, and in the order of their last change',
    async holds({ service, key }) {
      for (const [at, sessionId] of ['c', 'a', 'd', 'b'].entries()) {
        const session = await service.createSession({ ...key, sessionId, userId: at === 3 ? 'ben' : 'ana' });
        await service.appendEvent({ session, event: said('hi', { x: 1 }, THEN + at) });
      }
      const { appName } = key;
      const all = await service.listSessions({ appName, order: 'asc' });
      expect(all).toMatchObject({ page: 1, limit: 4, totalItems: 4, totalPages: 1 });
      expect(idsOf(all.sessions)).toEqual(['c', 'a', 'd', 'b']);
      const second = await service.listSessions({ appName, order: 'desc', limit: 3, page: 2 });
      expect(second).toMatchObject({ page: 2, limit: 3, totalItems: 4, totalPages: 2 });
      expect(idsOf(second.sessions)).toEqual(['c']);
      const skipped = await service.listSessions({
        appName,
        userId: 'ana',
        order: 'asc',
        limit: 2,
        offset: 1,
      });
      expect(skipped).toMatchObject({ totalItems: 3 });
      expect(idsOf(skipped.sessions)).toEqual(['a', 'd']);
      expect(all.sessions.flatMap(({ events }) => events)).toEqual([]);
      const nobody = await service.listSessions({ appName, userId: 'nobody' });
      expect(nobody).toEqual({ sessions: [], page: 1, limit: 0, totalItems: 0, totalPages: 0 });
    },
  },
];

async function spoken(
  service: AdkSessionService,
  key: Setting['key'],
  words: readonly string[],
): Promise<void> {
  const session = await service.createSession(key);
  for (const [at, text] of words.entries()) {
    await service.appendEvent({ session, event: said(text, {}, THEN + at) });
  }
}

function idsOf(sessions: readonly AdkSession[]): string[] {
  return sessions.map(({ id }) => id);
}
