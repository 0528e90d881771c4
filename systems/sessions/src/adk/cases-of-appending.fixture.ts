import { createEvent } from '@google/adk';
import { expect } from 'vitest';
import type { Case } from './session-service-case.fixture.ts';
import { read, said, THEN, texts } from './spoken.fixture.ts';

/** What is promised of events. */
export const casesOfAppending: readonly Case[] = [
  {
    trait: 'stale',
    title:
      'an event through a stale handle is rejected: nothing is reloaded silently, interleaved or overwritten (adk-python#4751, adk-go#1229)',
    async holds({ service, key }) {
      await service.createSession({ ...key, state: { x: 0 } });
      const [one, other] = [await read(service, key), await read(service, key)];
      await service.appendEvent({ session: one, event: said('first', { x: 1 }, THEN + 2) });
      const late = service.appendEvent({ session: other, event: said('late', { x: 0 }, THEN + 1) });
      await expect(late).rejects.toMatchObject({ code: 'SESSION_CONCURRENT_ACCESS' });
      const now = await read(service, key);
      expect([now.state['x'], texts(now)]).toEqual([1, ['first']]);
      expect(texts(other)).toEqual([]);
      await service.appendEvent({ session: now, event: said('second', {}, THEN + 3) });
      expect(texts(await read(service, key))).toEqual(['first', 'second']);
    },
  },
  {
    trait: 'equal-times',
    title: 'events of the same time make no handle stale (adk-python#3717, #1733, #917), and stay in order',
    async holds({ service, key }) {
      const session = await service.createSession(key);
      const spoken = Array.from({ length: 5 }, (_, at) => `word ${at}`);
      for (const text of spoken) await service.appendEvent({ session, event: said(text, {}, THEN) });
      expect(texts(session)).toEqual(spoken);
      expect(texts(await read(service, key))).toEqual(spoken);
    },
  },
  {
    trait: 'earlier-times',
    title: 'an event that happened before the last one is appended after it, and makes no handle stale',
    async holds({ service, key }) {
      const session = await service.createSession(key);
      for (const [at, text] of ['late', 'early', 'earlier'].entries()) {
        await service.appendEvent({ session, event: said(text, { last: text }, THEN - at * 1000) });
      }
      const now = await read(service, key);
      expect([texts(now), now.state['last']]).toEqual([['late', 'early', 'earlier'], 'earlier']);
    },
  },
  {
    trait: 'compaction',
    title:
      'what a compactor has put into the session itself is stored, once, and makes nothing stale (adk-python#5194)',
    async holds({ service, key }) {
      const session = await service.createSession(key);
      await service.appendEvent({ session, event: said('long story', {}, THEN) });
      const summary = said('summary', {}, THEN + 1);
      session.events.push(summary);
      await service.appendEvent({ session, event: summary });
      await service.appendEvent({ session, event: said('answer', {}, THEN + 2) });
      const all = ['long story', 'summary', 'answer'];
      expect([texts(session), texts(await read(service, key))]).toEqual([all, all]);
    },
  },
  {
    trait: 'at-once',
    title: 'events that come at once through one handle are all stored, in the order of the calls',
    async holds({ service, key }) {
      const session = await service.createSession(key);
      const spoken = Array.from({ length: 6 }, (_, at) => `${at}`);
      const appended = spoken.map((text, at) =>
        service.appendEvent({ session, event: said(text, { [`k${at}`]: at }, THEN + at) }),
      );
      await Promise.all(appended);
      const now = await read(service, key);
      expect([texts(now), texts(session)]).toEqual([spoken, spoken]);
      expect(Object.keys(now.state)).toHaveLength(6);
    },
  },
  {
    trait: 'deleted',
    title: 'an event for a session that was deleted is refused',
    async holds({ service, key }) {
      const session = await service.createSession(key);
      await service.deleteSession(key);
      const late = service.appendEvent({ session, event: said('late', {}, THEN) });
      await expect(late).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
      expect(await service.getSession(key)).toBeUndefined();
    },
  },
  {
    trait: 'same-id',
    title: 'an event that is sent twice is stored once',
    async holds({ service, key }) {
      const session = await service.createSession(key);
      const event = said('once', { x: 1 }, THEN);
      await service.appendEvent({ session, event });
      await service.appendEvent({ session, event });
      await service.appendEvent({ session, event: said('next', {}, THEN + 1) });
      expect([texts(session), texts(await read(service, key))]).toEqual([
        ['once', 'next'],
        ['once', 'next'],
      ]);
    },
  },
  {
    trait: 'partial',
    title: 'a partial event is answered, and not stored',
    async holds({ service, key }) {
      const session = await service.createSession(key);
      const event = createEvent({ ...said('hal', { x: 1 }, THEN), partial: true });
      expect(await service.appendEvent({ session, event })).toBe(event);
      const now = await read(service, key);
      expect([now.events, now.state, session.events]).toEqual([[], {}, []]);
    },
  },
  {
    trait: 'half-changed',
    title: 'an event that is not stored changes nothing in the caller’s session',
    async holds({ service, key }) {
      const session = await service.createSession({ ...key, state: { x: 1 } });
      await service.deleteSession(key);
      const before = structuredClone(session);
      await service.appendEvent({ session, event: said('lost', { x: 2 }, THEN) }).catch(() => undefined);
      expect(session).toEqual(before);
    },
  },
  {
    trait: 'event-untouched',
    title: 'an event that is not stored is not changed itself',
    async holds({ service, key }) {
      const session = await service.createSession(key);
      await service.deleteSession(key);
      const event = said('lost', { 'temp:x': 1, y: 2 }, THEN);
      await service.appendEvent({ session, event }).catch(() => undefined);
      expect({ ...event.actions.stateDelta }).toEqual({ 'temp:x': 1, y: 2 });
    },
  },
  {
    trait: 'own-event',
    title: 'what a caller does to an event after it was appended changes nothing that is stored',
    async holds({ service, key }) {
      const session = await service.createSession(key);
      const event = said('as it was', {}, THEN);
      await service.appendEvent({ session, event });
      (event.content as { parts: unknown[] }).parts = [{ text: 'changed' }];
      expect(texts(await read(service, key))).toEqual(['as it was']);
    },
  },
];
