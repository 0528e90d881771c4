import { storeFaults } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { describe, expect, it } from 'vitest';
import { sessionFaults } from '../faults.ts';
import type { SessionKey } from '../session/index.ts';
import { disturbedStore } from './disturbed-store.fixture.ts';
import { createSessionManager } from './index.ts';
import { DOWN, instancesOn, STEADY } from './instances.fixture.ts';

const KEY = { appName: 'app', userId: 'user', sessionId: 's' };

describe('when an answer is lost', () => {
  it('a creation that is tried again does not bring the events of a deleted session back', async () => {
    const { manager, primary, clock, disturb } = disturbedStore();
    const other = createSessionManager({ primary, clock, cleanupEveryMs: Number.POSITIVE_INFINITY });
    const meanwhile = async () => {
      await other.appendEvent(KEY, { event: { id: 'old' } });
      const kept = await primary.list('sessions/log/');
      await other.deleteSession(KEY);
      await other.close();
      // As when whoever deleted it had died before it was cleared away.
      for (const { key, value } of kept.entries) await primary.set(key, value);
    };
    disturb('sessions/head/', { isDone: true, meanwhile });
    const created = await manager.createSession(KEY);
    expect(created.events).toEqual([]);
    await manager.close();
    const next = createSessionManager({ primary, clock, cleanupEveryMs: Number.POSITIVE_INFINITY });
    expect((await next.getSession(KEY)).events).toEqual([]);
  });

  it('a creation that is tried again shows what others have appended since', async () => {
    const { manager, primary, clock, disturb } = disturbedStore();
    const other = createSessionManager({ primary, clock, cleanupEveryMs: Number.POSITIVE_INFINITY });
    const meanwhile = () => other.appendEvent(KEY, { event: { id: 'e' } });
    disturb('sessions/head/', { isDone: true, meanwhile });
    expect(await manager.createSession(KEY)).toMatchObject({ revision: 2, events: [{ id: 'e' }] });
  });

  it('a session that was got or created is told as created, with what it shares, whichever attempt has made it', async () => {
    const { manager, disturb } = disturbedStore();
    const state = { own: 1, 'user:name': 'Ada' };
    for (const [sessionId, prefix] of [
      ['a', 'sessions/head/'],
      ['b', 'sessions/user/'],
    ] as const) {
      disturb(prefix, { isDone: sessionId === 'a' });
      const { session, isNew } = await manager.getOrCreateSession({
        ...KEY,
        userId: sessionId,
        sessionId,
        state,
      });
      expect([session.state, isNew]).toEqual([state, true]);
    }
  });

  it('a creation in the place of an expired session ends, though its head was written anew unheard', async () => {
    const { manager, clock, disturb } = disturbedStore({ changesPerBase: 1 });
    await manager.createSession({ ...KEY, ttlMs: 1000 });
    disturb('sessions/head/', { isDone: true });
    await manager.appendEvent(KEY, { event: { id: 'e' } });
    await clock.advance(1000);
    expect(await manager.createSession(KEY)).toMatchObject({ revision: 1, events: [] });
  });

  it('a deletion that is tried again leaves the session that has come since', async () => {
    const { manager, primary, clock, disturb } = disturbedStore();
    await manager.createSession(KEY);
    const other = createSessionManager({ primary, clock, cleanupEveryMs: Number.POSITIVE_INFINITY });
    const meanwhile = () => other.createSession({ ...KEY, state: { of: 'another' } });
    disturb('sessions/head/', { isDone: true, meanwhile });
    expect(await manager.deleteSession(KEY)).toBe(true);
    expect((await manager.getSession(KEY)).state).toEqual({ of: 'another' });
  });

  it('a deletion answers what it has done itself, and shows no session that is gone', async () => {
    const { manager, disturb } = disturbedStore({ retry: { maxAttempts: 1 } });
    await manager.createSession(KEY);
    disturb('sessions/head/', { isDone: true });
    await expect(manager.deleteSession(KEY)).rejects.toThrow(sessionFaults.SESSION_OUTCOME_UNKNOWN);
    await expect(manager.getSession(KEY)).rejects.toThrow(sessionFaults.SESSION_NOT_FOUND);
  });

  it('a change that is tried again after 300 others is made once', async () => {
    const { manager, primary, clock, disturb } = disturbedStore();
    await manager.createSession(KEY);
    const other = createSessionManager({ primary, clock, cleanupEveryMs: Number.POSITIVE_INFINITY });
    const meanwhile = async () => {
      for (let n = 0; n < 300; n++) await other.appendEvent(KEY, { event: { id: `e${n}` } });
      // As when memory was full.
      disturb('sessions/head/', { isDone: false });
    };
    disturb('sessions/log/', { isDone: true, meanwhile });
    const appended = await manager.appendEvent(KEY, { event: { id: 'once' } });
    expect(appended).toMatchObject({ isRepeated: true, revision: 2 });
    const { events } = await other.getSession(KEY);
    expect(events.filter(({ id }) => id === 'once')).toHaveLength(1);
  });

  it('a change of a session that was deleted meanwhile is not acknowledged', async () => {
    const { manager, primary, clock, disturb } = disturbedStore();
    await manager.createSession(KEY);
    const other = createSessionManager({ primary, clock, cleanupEveryMs: Number.POSITIVE_INFINITY });
    disturb('sessions/log/', { isDone: false, meanwhile: () => other.deleteSession(KEY) });
    const append = manager.appendEvent(KEY, { event: { id: 'e' } });
    await expect(append).rejects.toThrow(sessionFaults.SESSION_OUTCOME_UNKNOWN);
    expect((await primary.list('sessions/log/')).entries).toEqual([]);
  });

  it('a change is seen by whoever reads next, as it may have been made', async () => {
    const { manager, disturb } = disturbedStore({ retry: { maxAttempts: 1 } });
    await manager.createSession(KEY);
    disturb('sessions/log/', { isDone: true });
    const append = manager.appendEvent(KEY, { event: { id: 'e' } });
    await expect(append).rejects.toThrow(sessionFaults.SESSION_OUTCOME_UNKNOWN);
    expect((await manager.getSession(KEY)).events).toMatchObject([{ id: 'e' }]);
  });

  it('nobody is told that a change was not made when only its last attempt was not', async () => {
    const { manager, primary, disturb } = disturbedStore({ retry: { maxAttempts: 2, baseDelayMs: 0 } });
    await manager.createSession(KEY);
    const meanwhile = async () => {
      const gone = async () => {
        throw storeFaults.STORE_UNAVAILABLE({ store: 'primary', reason: 'gone' });
      };
      Object.assign(primary, { get: gone, compareAndSet: gone });
    };
    disturb('sessions/log/', { isDone: true, meanwhile });
    const append = manager.appendEvent(KEY, { event: { id: 'e' } });
    await expect(append).rejects.toThrow(sessionFaults.SESSION_OUTCOME_UNKNOWN);
  });
});

it('a shared name that was written is not hidden by an answer to what was asked before', async () => {
  const primary = memoryStore();
  const get = primary.get.bind(primary);
  const asked = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  let isHeld = true;
  primary.get = async <Value>(key: string) => {
    const found = await get<Value>(key);
    if (isHeld && key === 'sessions/app/app') {
      isHeld = false;
      asked.resolve();
      await held.promise;
    }
    return found;
  };
  const manager = createSessionManager({ primary, cleanupEveryMs: Number.POSITIVE_INFINITY });
  const created = manager.createSession(KEY);
  await asked.promise;
  const other = { ...KEY, sessionId: 'other' };
  await manager.createSession({ ...other, state: { 'app:theme': 'dark' } });
  held.resolve();
  await created;
  expect((await manager.getSession(KEY)).state).toEqual({ 'app:theme': 'dark' });
});

it('an event that is sent again while the primary is away, and which is not in memory, is answered with itself', async () => {
  const { start, passing } = instancesOn('repeated', { shared: false, maxBytesInMemory: 20_000 });
  const { manager, link } = start('one');
  const event = { id: 'e0', timestamp: 1, text: 'x'.repeat(10_000) };
  const keys = ['a', 'b'].map((sessionId) => ({ appName: 'app', userId: 'user', sessionId }));
  for (const key of keys) {
    await passing(manager.createSession(key));
    await passing(manager.appendEvent(key, { event }));
  }
  link.fates = DOWN;
  await passing(manager.appendEvent(keys[1] as SessionKey, { event: { id: 'e1' } }));
  const repeated = await passing(manager.appendEvent(keys[0] as SessionKey, { event }));
  expect(repeated).toMatchObject({ revision: 2, isRepeated: true, event });
  expect((await passing(manager.getHealthStatus())).mode).toBe('degraded');
  link.fates = STEADY;
  await passing(manager.close());
});
