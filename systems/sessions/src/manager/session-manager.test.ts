import { SimulatedClock } from '@sustain/kernel';
import { memoryStore } from '@sustain/stores/memory';
import { describe, expect, it } from 'vitest';
import { SessionConcurrentAccessError, SessionNotFoundError, sessionFaults } from '../faults.ts';
import { createSessionManager, type SessionManagerOptions } from './index.ts';

function stand(options: Partial<SessionManagerOptions> = {}) {
  const clock = options.clock ?? new SimulatedClock();
  const primary = options.primary ?? memoryStore({ clock });
  const manager = createSessionManager({
    primary,
    clock,
    retry: { baseDelayMs: 0 },
    cleanupEveryMs: Number.POSITIVE_INFINITY,
    ...options,
  });
  return { clock: clock as SimulatedClock, primary, manager };
}

const USER = { appName: 'app', userId: 'user' };

describe('a session', () => {
  it('is what was created, and what was changed and appended since', async () => {
    const { manager } = stand();
    const created = await manager.createSession({ ...USER, state: { mood: 'calm', level: 1 } });
    expect(created).toMatchObject({ ...USER, state: { mood: 'calm', level: 1 }, events: [], revision: 1 });
    const appended = await manager.appendEvent(created, {
      event: { author: 'user', text: 'hello' },
      stateDelta: { level: 2 },
    });
    expect(appended).toMatchObject({
      revision: 2,
      isRepeated: false,
      event: { author: 'user', text: 'hello' },
    });
    await manager.updateSessionState(created, { set: { mood: 'glad' }, remove: ['level'] });
    const read = await manager.getSession(created);
    expect(read).toMatchObject({ state: { mood: 'glad' }, events: [appended.event], revision: 3 });
    expect(read.state).not.toHaveProperty('level');
  });

  it('is the same for a manager that is started afterwards', async () => {
    const { manager, primary, clock } = stand();
    const key = await manager.createSession({ ...USER, state: { a: 1 } });
    for (let n = 0; n < 250; n++) {
      await manager.appendEvent(key, { event: { id: `e${n}`, n }, stateDelta: { [`k${n % 7}`]: n } });
    }
    const before = await manager.getSession(key);
    await manager.close();
    const next = stand({ primary, clock }).manager;
    expect(await next.getSession(key)).toEqual(before);
    expect(await next.appendEvent(key, { event: { id: 'e249' } })).toMatchObject({ isRepeated: true });
  });

  it('takes nothing of what its caller changes afterwards, and gives nothing that could be changed', async () => {
    const { manager } = stand();
    const state = { list: [1] };
    const session = await manager.createSession({ ...USER, state });
    state.list.push(2);
    expect((await manager.getSession(session)).state).toEqual({ list: [1] });
    expect(() => (session.state['list'] as number[]).push(3)).toThrow(TypeError);
  });

  it('is not made twice: the first stays as it is', async () => {
    const { manager } = stand();
    const key = { ...USER, sessionId: 's' };
    await manager.createSession({ ...key, state: { first: true } });
    const second = manager.createSession({ ...key, state: { first: false } });
    await expect(second).rejects.toThrow(sessionFaults.SESSION_ALREADY_EXISTS);
    expect((await manager.getSession(key)).state).toEqual({ first: true });
  });

  it('is got or created: all of several at once get the same', async () => {
    const { manager } = stand();
    const request = { ...USER, sessionId: 's', state: { a: 1 } };
    const answers = await Promise.all([1, 2, 3].map(() => manager.getOrCreateSession(request)));
    expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(new Set(answers.map(({ session }) => session.version)).size).toBe(1);
  });

  it('that does not exist, was deleted or has expired is not found, and tried once', async () => {
    const { manager, clock } = stand();
    const key = { ...USER, sessionId: 's' };
    await expect(manager.getSession(key)).rejects.toThrow(SessionNotFoundError);
    await manager.createSession({ ...key, ttlMs: 1000 });
    expect(await manager.deleteSession(key)).toBe(true);
    expect(await manager.deleteSession(key)).toBe(false);
    await expect(manager.appendEvent(key, { event: {} })).rejects.toThrow(SessionNotFoundError);
    await manager.createSession({ ...key, ttlMs: 1000 });
    await clock.advance(1000);
    await expect(manager.getSession(key)).rejects.toThrow(/it has expired/);
    expect(await manager.createSession(key)).toMatchObject({ revision: 1 });
  });

  it('is changed only at the version that was expected', async () => {
    const { manager } = stand();
    const session = await manager.createSession(USER);
    const { version } = await manager.updateSessionState(session, { set: { a: 1 } });
    const stale = { expectedVersion: session.version };
    await expect(manager.updateSessionState(session, { set: { a: 2 } }, stale)).rejects.toThrow(
      SessionConcurrentAccessError,
    );
    await expect(manager.appendEvent(session, { event: {} }, stale)).rejects.toThrow(
      SessionConcurrentAccessError,
    );
    await expect(manager.deleteSession(session, stale)).rejects.toThrow(SessionConcurrentAccessError);
    await manager.updateSessionState(session, { set: { a: 3 } }, { expectedVersion: version });
    expect((await manager.getSession(session)).state).toEqual({ a: 3 });
  });

  it('of the same id as a deleted one is another: its version is not that of the first', async () => {
    const { manager } = stand();
    const key = { ...USER, sessionId: 's' };
    const first = await manager.createSession(key);
    await manager.appendEvent(first, { event: { id: 'one' } });
    await manager.deleteSession(key);
    const second = await manager.createSession(key);
    expect(second).toMatchObject({ revision: 1, events: [] });
    expect(second.version).not.toBe(first.version);
  });

  it('gives the events that were asked for', async () => {
    const { manager } = stand();
    const key = await manager.createSession(USER);
    for (const timestamp of [10, 20, 30])
      await manager.appendEvent(key, { event: { id: `e${timestamp}`, timestamp } });
    const ids = async (options: object) =>
      (await manager.getSession(key, options)).events.map(({ id }) => id);
    expect(await ids({})).toEqual(['e10', 'e20', 'e30']);
    expect(await ids({ numRecentEvents: 0 })).toEqual([]);
    expect(await ids({ numRecentEvents: 2 })).toEqual(['e20', 'e30']);
    expect(await ids({ afterTimestamp: 20 })).toEqual(['e20', 'e30']);
    expect(await ids({ afterTimestamp: 20, numRecentEvents: 1 })).toEqual(['e30']);
  });

  it('shares what is named app: and user:, and keeps nothing that is named temp:', async () => {
    const { manager, primary, clock } = stand();
    const one = await manager.createSession({ ...USER, state: { 'app:theme': 'dark', 'temp:x': 1, own: 1 } });
    const two = await manager.createSession({ ...USER, userId: 'other' });
    await manager.appendEvent(two, { event: {}, stateDelta: { 'user:name': 'Ada', 'app:theme': 'light' } });
    expect((await manager.getSession(one)).state).toEqual({ 'app:theme': 'light', own: 1 });
    expect((await manager.getSession(two)).state).toEqual({ 'app:theme': 'light', 'user:name': 'Ada' });
    await manager.close();
    const next = stand({ primary, clock }).manager;
    expect((await next.getSession(two)).state).toEqual({ 'app:theme': 'light', 'user:name': 'Ada' });
  });
});

describe('changes of one session', () => {
  it('go one after the other, in the order of their coming, and none is lost', async () => {
    const { manager } = stand();
    const key = await manager.createSession(USER);
    const appends = Array.from({ length: 200 }, (_, n) =>
      manager.appendEvent(key, { event: { id: `e${n}` } }),
    );
    const revisions = (await Promise.all(appends)).map(({ revision }) => revision);
    expect(revisions).toEqual(revisions.map((_, n) => n + 2));
    const { events } = await manager.getSession(key);
    expect(events.map(({ id }) => id)).toEqual(events.map((_, n) => `e${n}`));
  });

  it('with the same id are one, and answered alike', async () => {
    const { manager } = stand();
    const key = await manager.createSession(USER);
    const first = await manager.appendEvent(key, { event: { id: 'e', text: 'first' }, stateDelta: { n: 1 } });
    await manager.updateSessionState(key, { set: { n: 2 } });
    const again = await manager.appendEvent(key, { event: { id: 'e', text: 'again' }, stateDelta: { n: 1 } });
    expect(again).toMatchObject({ isRepeated: true, revision: first.revision, event: { text: 'first' } });
    expect((await manager.getSession(key)).state).toEqual({ n: 2 });
    const change = { set: { n: 3 }, changeId: 'c' };
    await manager.updateSessionState(key, change);
    await manager.updateSessionState(key, { set: { n: 4 } });
    expect(await manager.updateSessionState(key, change)).toMatchObject({ isRepeated: true });
    expect((await manager.getSession(key)).state).toEqual({ n: 4 });
  });

  it('are made also when nobody waits for them any more', async () => {
    const { manager } = stand();
    const key = await manager.createSession(USER);
    const controller = new AbortController();
    const append = manager.appendEvent(key, { event: { id: 'e' } }, { signal: controller.signal });
    controller.abort('hung up');
    await expect(append).rejects.toBe('hung up');
    await manager.appendEvent(key, { event: { id: 'f' } });
    const { events } = await manager.getSession(key);
    expect(events.map(({ id }) => id).filter((id) => id === 'f')).toEqual(['f']);
  });
});

describe('sessions in a list', () => {
  it('come in pages, in order, each once, without those that have expired', async () => {
    const { manager, clock } = stand();
    for (let n = 0; n < 25; n++) {
      const sessionId = `s${String(n).padStart(2, '0')}`;
      await manager.createSession({ ...USER, sessionId, ttlMs: n % 5 === 0 ? 1000 : 10_000 });
      await manager.createSession({ ...USER, userId: 'other', sessionId });
    }
    await clock.advance(1000);
    const found: string[] = [];
    let pages = 0;
    for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
      const page = await manager.listSessions({ ...USER, after, limit: 10 });
      found.push(...page.sessions.map(({ sessionId }) => sessionId));
      after = page.next;
      pages++;
    }
    expect(pages).toBe(3);
    expect(found).toHaveLength(20);
    expect(found).toEqual([...found].sort());
    expect((await manager.listSessions({ appName: 'app' })).sessions).toHaveLength(45);
  });

  it('are cleared away when they have expired, with all that they had', async () => {
    const { manager, clock, primary } = stand();
    for (let n = 0; n < 5; n++) {
      const key = await manager.createSession({ ...USER, ttlMs: n < 3 ? 1000 : 60_000 });
      for (let each = 0; each < 10; each++) await manager.appendEvent(key, { event: {} });
    }
    await clock.advance(1000);
    const report = await manager.cleanupExpiredSessions();
    expect(report).toMatchObject({ looked: 5, deleted: 3, failed: [], recordsCleared: 30, isPartial: false });
    const left = await primary.list('sessions/log/', { limit: 1000 });
    expect(left.entries).toHaveLength(20);
    expect((await primary.list('sessions/gone/')).entries).toEqual([]);
  });

  it('are cleared away in batches that go on where the last one stopped', async () => {
    const { manager, clock } = stand();
    for (let n = 0; n < 7; n++) await manager.createSession({ ...USER, ttlMs: 1000 });
    await clock.advance(1000);
    const deleted = [];
    for (let each = 0; each < 3; each++) {
      const { deleted: count, isPartial } = await manager.cleanupExpiredSessions({ maxSessions: 3 });
      deleted.push([count, isPartial]);
    }
    expect(deleted).toEqual([
      [3, true],
      [3, true],
      [1, false],
    ]);
  });
});

describe('the health of the service', () => {
  it('is tried by really doing each operation, of which nothing is left', async () => {
    const { manager, primary } = stand();
    const { healthy, steps, status } = await manager.forceHealthCheck();
    expect(steps.map(({ operation, ok }) => [operation, ok])).toEqual(
      ['create', 'append', 'update', 'get', 'list', 'delete'].map((operation) => [operation, true]),
    );
    expect(healthy).toBe(true);
    expect(status).toMatchObject({ status: 'healthy', mode: 'normal', available: true });
    await manager.close();
    expect((await primary.list('sessions/')).entries).toEqual([]);
  });
});

it('a closed manager refuses', async () => {
  const { manager } = stand();
  await manager.close();
  await expect(manager.createSession(USER)).rejects.toThrow(sessionFaults.SESSIONS_CLOSED);
});
