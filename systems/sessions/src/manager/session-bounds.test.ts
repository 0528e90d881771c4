import { Signals, SimulatedClock } from '@sustain/kernel';
import type { Store } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { describe, expect, it } from 'vitest';
import { sessionFaults } from '../faults.ts';
import type { Head } from '../layout/index.ts';
import { OpenSession } from '../storage/index.ts';
import { disturbedStore } from './disturbed-store.fixture.ts';
import { createSessionManager } from './index.ts';
import { instancesOn, STEADY } from './instances.fixture.ts';

const USER = { appName: 'app', userId: 'user' };
const KEY = { ...USER, sessionId: 's' };
const NEVER = Number.POSITIVE_INFINITY;

describe('what a session takes in memory', () => {
  const head: Head = {
    ...{ key: KEY, incarnation: 'i', owner: undefined, createdWallMs: 0, ttlMs: undefined },
    base: { revision: 1, updatedWallMs: 0, state: {} },
  };

  it('does not grow with changes of which nothing stays', () => {
    const session = new OpenSession(head, 1);
    const change = (n: number) => session.apply({ id: `c${n}`, wallMs: 0, set: { a: 'x'.repeat(1000) } }, 0);
    for (let n = 0; n < 300; n++) change(n);
    const { sizeBytes } = session;
    for (let n = 0; n < 10_000; n++) change(n);
    expect(session.sizeBytes).toBe(sizeBytes);
    session.apply({ id: 'gone', wallMs: 0, remove: ['a'] }, 0);
    expect(session.sizeBytes).toBeLessThan(sizeBytes - 1000);
  });

  it('grows with each event', () => {
    const session = new OpenSession(head, 1);
    for (let n = 0; n < 1000; n++) {
      session.apply(
        { id: `e${n}`, wallMs: 0, event: { id: `e${n}`, timestamp: 0, text: 'x'.repeat(1000) } },
        1040,
      );
    }
    expect(session.sizeBytes).toBeGreaterThan(1_000_000);
  });
});

it('an event does not count as state', async () => {
  const { manager } = disturbedStore({ maxStateBytes: 1000 });
  const key = await manager.createSession(USER);
  const event = { text: 'x'.repeat(5000) };
  await manager.appendEvent(key, { event, stateDelta: { a: 1 } });
  expect((await manager.getSession(key)).state).toEqual({ a: 1 });
});

describe('a cleanup', () => {
  it('clears away what more than a hundred deleted sessions have left, whoever else left some first', async () => {
    const { manager, primary } = disturbedStore();
    for (let n = 0; n < 150; n++) {
      const leftovers = { headKey: 'sessions/head/app/user/none', by: undefined, wallMs: 0 };
      await primary.set(`sessions/gone/i${n}`, leftovers);
      await primary.set(`sessions/log/i${n}/0000000002`, { id: 'e' });
    }
    expect(await manager.cleanupExpiredSessions()).toMatchObject({ recordsCleared: 150 });
    expect((await primary.list('sessions/gone/')).entries).toEqual([]);
  });

  it('clears away what this instance has left also when another one does the rest', async () => {
    const { clock, start, passing } = instancesOn(1);
    const a = start('a');
    const key = await passing(a.manager.createSession(USER));
    await passing(a.manager.appendEvent(key, { event: {} }));
    a.link.fates = { ...STEADY, refused: 1 };
    expect(await passing(a.manager.deleteSession(key))).toBe(true);
    a.link.fates = STEADY;
    await clock.advance(5000);
    const holder = { ttlMs: 30_000 };
    await a.link.set('sessions/lease/cleanup', { state: 'held', id: 'other', holder: 'other' }, holder);
    const report = await passing(a.manager.cleanupExpiredSessions());
    expect(report).toMatchObject({ isElsewhere: true, recordsCleared: 1 });
  });

  it('reads of an expired session no more than what came after its base', async () => {
    const { manager, clock, primary } = disturbedStore();
    const key = await manager.createSession({ ...USER, ttlMs: 1000 });
    for (let n = 0; n < 250; n++) await manager.appendEvent(key, { event: {} });
    await manager.close();
    await clock.advance(1000);
    let read = 0;
    const list = primary.list.bind(primary);
    primary.list = async <Value>(prefix: string, options?: Parameters<Store['list']>[1]) => {
      const page = await list<Value>(prefix, options);
      if (prefix.startsWith('sessions/log/')) read += page.entries.length;
      return page;
    };
    const next = createSessionManager({ primary, clock, cleanupEveryMs: NEVER });
    expect((await next.listSessions(USER)).sessions).toEqual([]);
    expect(read).toBeLessThan(100);
  });

  it('deletes nothing that has been changed since, by its log', async () => {
    const { manager, clock } = disturbedStore();
    const key = await manager.createSession({ ...USER, ttlMs: 1000 });
    await clock.advance(900);
    await manager.appendEvent(key, { event: {} });
    await clock.advance(900);
    expect(await manager.cleanupExpiredSessions()).toMatchObject({ looked: 1, deleted: 0 });
    const [summary] = (await manager.listSessions(USER)).sessions;
    expect(summary?.expiresWallMs).toBe(clock.wallMs() + 100);
  });

  it('ends for now when too much fails, and says so', async () => {
    const { manager, clock, primary } = disturbedStore({ maxSessionsInMemory: 1 });
    for (let n = 0; n < 130; n++) await manager.createSession({ ...USER, ttlMs: 1000 });
    await clock.advance(1000);
    const remove = primary.delete.bind(primary);
    primary.delete = async (key, options) => {
      if (key.startsWith('sessions/head/')) throw new Error('broken');
      return remove(key, options);
    };
    const report = await manager.cleanupExpiredSessions();
    expect(report).toMatchObject({ deleted: 0, isPartial: true });
    expect(report.failed).toHaveLength(100);
  });
});

describe('a manager that is closed', () => {
  it('leaves no timer, and no listener on a signal', async () => {
    const { clock, primary, start, passing } = instancesOn(2, { cleanupEveryMs: 1000 });
    const a = start('a');
    const key = await passing(a.manager.createSession(USER));
    const { signal } = new AbortController();
    let listeners = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
      listeners++;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
      listeners--;
      removeEventListener.apply(signal, args);
    };
    await passing(a.manager.appendEvent(key, { event: {} }, { signal }));
    await passing(a.manager.listSessions(USER, { signal }));
    await clock.advance(5000);
    await passing(a.manager.close());
    await primary.close();
    await clock.advance(20_000);
    expect(listeners).toBeLessThanOrEqual(0);
    expect(clock.waitingTimers).toBe(0);
  });

  it('has waited for what nobody else waited for any more', async () => {
    const clock = new SimulatedClock();
    const primary = memoryStore({ clock });
    const send = primary.compareAndSet.bind(primary);
    const told: string[] = [];
    primary.compareAndSet = async (key, expected, value, options) => {
      await clock.sleep(100);
      told.push(key);
      return send<never>(key, expected, value, options);
    };
    const manager = createSessionManager({ primary, clock, cleanupEveryMs: NEVER });
    const controller = new AbortController();
    const created = manager.createSession(KEY, { signal: controller.signal });
    await clock.advance(10);
    controller.abort('hung up');
    await expect(created).rejects.toBe('hung up');
    await clock.run(manager.close());
    expect(told).toEqual(['sessions/head/app/user/s']);
  });

  it('has been closed, though its primary never answers', async () => {
    const clock = new SimulatedClock();
    const primary = memoryStore({ clock });
    const never = () => new Promise<never>(() => undefined);
    Object.assign(primary, { get: never, set: never, compareAndSet: never, delete: never, list: never });
    const manager = createSessionManager({ primary, clock, signals: new Signals({ clock }) });
    const created = manager.createSession(KEY);
    const listed = manager.listSessions(USER);
    await clock.run(Promise.allSettled([created, listed]));
    await expect(created).rejects.toThrow(sessionFaults.SESSION_OUTCOME_UNKNOWN);
    await expect(listed).rejects.toThrow(sessionFaults.SESSION_SERVICE_UNAVAILABLE);
    await clock.run(manager.close());
    expect(clock.waitingTimers).toBe(0);
    await expect(manager.open()).rejects.toThrow(sessionFaults.SESSIONS_CLOSED);
  });
});
