import { expect } from 'vitest';
import type { AdkSession } from './adk-types.ts';
import type { KnownToDiffer } from './session-service.suite.ts';
import type { Setting } from './session-service-case.fixture.ts';
import { read, said, THEN, texts } from './spoken.fixture.ts';

/** What ADK 2.0.0's own services do, measured here: `realtime-systems.md` (e). */
export const memoryDiffers: KnownToDiffer = {
  stale: {
    instead: 'A stale handle overwrites what somebody else has written',
    does: (setting) => overwrites(setting, ['first', 'late']),
  },
  'get-or-create': {
    instead: 'Each caller gets a session of its own, and all but the last are orphans',
    async does({ service, key }) {
      const got = await Promise.all([1, 2].map((x) => service.getOrCreateSession({ ...key, state: { x } })));
      expect(got.map(({ state }) => state['x'])).toEqual([1, 2]);
      expect((await read(service, key)).state['x']).toBe(2);
    },
  },
  duplicate: {
    instead: 'The first session is emptied without a word',
    async does({ service, key }) {
      const session = await service.createSession({ ...key, state: { x: 1 } });
      await service.appendEvent({ session, event: said('lost') });
      await service.createSession({ ...key, state: { x: 2 } });
      const now = await read(service, key);
      expect([now.state['x'], texts(now)]).toEqual([2, []]);
    },
  },
  deleted: {
    instead: 'It is answered as if it had been stored',
    async does({ service, key }) {
      const event = said('late');
      expect(await service.appendEvent({ session: await deleted({ service, key }), event })).toBe(event);
      expect(await service.getSession(key)).toBeUndefined();
    },
  },
  'recent-none': {
    instead: 'It is all of them',
    async does({ service, key }) {
      const session = await service.createSession(key);
      await service.appendEvent({ session, event: said('a') });
      expect(texts(await service.getSession({ ...key, config: { numRecentEvents: 0 } }))).toEqual(['a']);
    },
  },
  'shared-state-at-creation': {
    instead: 'It belongs to that session alone',
    async does({ service, key }) {
      const one = await service.createSession({ ...key, state: { 'app:theme': 'dark' } });
      expect(one.state).toEqual({ 'app:theme': 'dark' });
      expect((await service.createSession({ ...key, sessionId: 'two' })).state).toEqual({});
    },
  },
  'half-changed': {
    instead: 'The session has the event, and its state',
    async does({ service, key }) {
      const session = await deleted({ service, key });
      await service.appendEvent({ session, event: said('lost', { x: 2 }) });
      expect([texts(session), session.state['x']]).toEqual([['lost'], 2]);
    },
  },
  'event-untouched': {
    instead: 'It has lost its temporary state',
    does: losesTempState,
  },
  'own-event': {
    instead: 'What is stored changes with it',
    async does({ service, key }) {
      const session = await service.createSession(key);
      const event = said('as it was');
      await service.appendEvent({ session, event });
      (event.content as { parts: unknown[] }).parts = [{ text: 'changed' }];
      expect(texts(await read(service, key))).toEqual(['changed']);
    },
  },
};

export const databaseDiffers: KnownToDiffer = {
  stale: {
    instead: 'It reloads silently, and a stale handle overwrites what somebody else has written',
    does: (setting) => overwrites(setting, ['late', 'first']),
  },
  'equal-times': {
    instead: 'They come back in another order than they were appended',
    async does({ service, key }) {
      const session = await service.createSession(key);
      const words = Array.from({ length: 5 }, (_, at) => `word ${at}`);
      for (const text of words) await service.appendEvent({ session, event: said(text) });
      const stored = texts(await read(service, key));
      expect(stored.toSorted()).toEqual(words);
      expect(stored).not.toEqual(words);
    },
  },
  'earlier-times': {
    instead: 'It comes back before it',
    async does({ service, key }) {
      const session = await service.createSession(key);
      await service.appendEvent({ session, event: said('late', {}, THEN) });
      await service.appendEvent({ session, event: said('early', {}, THEN - 1000) });
      expect([texts(session), texts(await read(service, key))]).toEqual([
        ['late', 'early'],
        ['early', 'late'],
      ]);
    },
  },
  'at-once': {
    instead: 'The session of the caller has them in any order',
    sometimes: true,
    async does({ service, key }) {
      const session = await service.createSession(key);
      const words = ['a', 'b', 'c', 'd'];
      const appended = words.map((text, at) =>
        service.appendEvent({ session, event: said(text, {}, THEN + at) }),
      );
      await Promise.all(appended);
      expect(texts(session).toSorted()).toEqual(words);
    },
  },
  'get-or-create': {
    instead: 'All but one may be answered with an error of the database',
    sometimes: true,
    async does({ service, key }) {
      const got = await Promise.allSettled([1, 2, 3].map(() => service.getOrCreateSession(key)));
      for (const one of got) {
        if (one.status === 'rejected') expect(one.reason.name).toBe('UniqueConstraintViolationException');
      }
      expect(got.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    },
  },
  duplicate: {
    instead: 'It is refused with an error that only its text tells from others',
    async does({ service, key }) {
      await service.createSession(key);
      await expect(service.createSession(key)).rejects.toMatchObject({ name: 'Error' });
    },
  },
  deleted: {
    instead: 'It is refused with an error that only its text tells from others',
    async does({ service, key }) {
      const late = service.appendEvent({ session: await deleted({ service, key }), event: said('late') });
      await expect(late).rejects.toMatchObject({ name: 'Error' });
    },
  },
  'first-calls': {
    instead: 'All but one may be answered with an error of the database that it makes',
    sometimes: true,
    async does({ service, key }) {
      const calls = ['a', 'b', 'c'].map((sessionId) => service.createSession({ ...key, sessionId }));
      const made = await Promise.allSettled(calls);
      expect(made.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    },
  },
  'after-time': {
    instead: 'It is later than that',
    async does({ service, key }) {
      const session = await service.createSession(key);
      await service.appendEvent({ session, event: said('at that time', {}, THEN) });
      const { events } = (await service.getSession({
        ...key,
        config: { afterTimestamp: THEN },
      })) as AdkSession;
      expect(events).toEqual([]);
    },
  },
  'temp-live': {
    instead: 'It is gone with the next event, and contexts hold an old state',
    async does({ service, key }) {
      const session = await service.createSession(key);
      const { state } = session;
      state['temp:plan'] = 'short';
      await service.appendEvent({ session, event: said('hi', { x: 1 }) });
      expect(session.state).toEqual({ x: 1 });
      expect(session.state).not.toBe(state);
    },
  },
  'event-untouched': {
    instead: 'It has lost its temporary state',
    does: losesTempState,
  },
};

async function overwrites({ service, key }: Setting, interleaved: readonly string[]): Promise<void> {
  await service.createSession({ ...key, state: { x: 0 } });
  const [one, other] = [await read(service, key), await read(service, key)];
  await service.appendEvent({ session: one, event: said('first', { x: 1 }, THEN + 2) });
  await service.appendEvent({ session: other, event: said('late', { x: 0 }, THEN + 1) });
  const now = await read(service, key);
  expect([now.state['x'], texts(now)]).toEqual([0, interleaved]);
}

async function losesTempState({ service, key }: Setting): Promise<void> {
  const session = await deleted({ service, key });
  const event = said('lost', { 'temp:x': 1, y: 2 });
  await service.appendEvent({ session, event }).catch(() => undefined);
  expect({ ...event.actions.stateDelta }).toEqual({ y: 2 });
}

async function deleted({ service, key }: Setting): Promise<AdkSession> {
  const session = await service.createSession({ ...key, state: { x: 1 } });
  await service.deleteSession(key);
  return session;
}
