import { DOWN, FlakyStore, STEADY } from '@sustain/drills/stores';
import { type Signal, Signals, SimulatedClock, seededRandom } from '@sustain/kernel';
import { memoryStore } from '@sustain/stores/memory';
import { describe, expect, it } from 'vitest';
import { SessionNotFoundError, SessionServiceUnavailableError, sessionFaults } from '../faults.ts';
import { createSessionManager, type SessionManagerOptions } from './index.ts';

const KEY = { appName: 'app', userId: 'user', sessionId: 's' };
const REFUSED = { ...STEADY, refused: 1 };

/** A manager of which the way to the primary can fail, with a fallback unless `spare` is undefined. */
function stand(options: Partial<SessionManagerOptions> = {}) {
  const clock = new SimulatedClock();
  const random = seededRandom('requirements');
  const primary = memoryStore({ clock });
  const link = new FlakyStore(primary, clock, random);
  const signals = new Signals({ clock });
  const told: Signal[] = [];
  signals.onAny((signal) => told.push(signal));
  const manager = createSessionManager({
    ...{ primary: link, spare: memoryStore({ clock }), clock, random, signals },
    fallback: { acceptLoss: true, patienceMs: 200, probeEveryMs: 100 },
    cleanupEveryMs: Number.POSITIVE_INFINITY,
    ...options,
  });
  return { clock, primary, link, manager, told };
}

describe('seed 004, of sessions', () => {
  it('S4-19 to S4-22, S4-54: creates, retrieves, updates and deletes from the fallback, and brings it in', async () => {
    const { clock, primary, link, manager } = stand();
    const gone = await manager.createSession({ ...KEY, sessionId: 'gone' });
    link.fates = REFUSED;
    const made = await clock.run(manager.createSession({ appName: 'app', userId: 'user', state: { n: 0 } }));
    await clock.run(manager.updateSessionState(made, { set: { n: 1 } }));
    expect(await clock.run(manager.getSession(made))).toMatchObject({ state: { n: 1 } });
    expect(await clock.run(manager.deleteSession(gone))).toBe(true);
    await expect(clock.run(manager.getSession(gone))).rejects.toThrow(SessionNotFoundError);
    expect(await manager.getHealthStatus()).toMatchObject({ mode: 'degraded', status: 'degraded' });
    link.fates = STEADY;
    await clock.advance(5000);
    expect(await manager.getHealthStatus()).toMatchObject({ mode: 'normal' });
    await clock.run(manager.close());
    const next = createSessionManager({ primary, clock, cleanupEveryMs: Number.POSITIVE_INFINITY });
    expect(await next.getSession(made)).toMatchObject({ state: { n: 1 } });
    await expect(next.getSession(gone)).rejects.toThrow(SessionNotFoundError);
  });

  it('S4-23, S4-38, S4-55: one session is changed by one at a time, and no change is lost', async () => {
    const { clock, manager } = stand();
    await manager.createSession({ ...KEY, state: { n: 0 } });
    const increment = async () => {
      for (;;) {
        const { state, version } = await manager.getSession(KEY);
        try {
          const change = { set: { n: (state['n'] as number) + 1 } };
          return await manager.updateSessionState(KEY, change, { expectedVersion: version });
        } catch (error) {
          if (!sessionFaults.SESSION_CONCURRENT_ACCESS.matches(error)) throw error;
        }
      }
    };
    await clock.run(Promise.all(Array.from({ length: 20 }, increment)));
    expect(await manager.getSession(KEY)).toMatchObject({ state: { n: 20 }, revision: 21 });
  });

  it('S4-24, S4-41: the registry is cleaned by one at a time, and one session that fails stops nothing', async () => {
    const { clock, link, manager } = stand({ spare: undefined, retry: { maxAttempts: 1 } });
    for (const sessionId of ['a', 'b', 'c']) await manager.createSession({ ...KEY, sessionId, ttlMs: 1000 });
    await clock.advance(1000);
    const remove = link.delete.bind(link);
    link.delete = async (key, options) => {
      if (key.endsWith('/b')) throw new Error('broken');
      return remove(key, options);
    };
    const [first, second] = await Promise.all([
      manager.cleanupExpiredSessions(),
      manager.cleanupExpiredSessions(),
    ]);
    expect(first).toMatchObject({ looked: 3, deleted: 2, failed: [{ sessionId: 'b', reason: 'broken' }] });
    expect(second).toMatchObject({ looked: 1, deleted: 0 });
  });

  it('S4-36, S4-37, S4-53: a creation is tried again, three times with growing waits, and then told', async () => {
    const { clock, link, manager, told } = stand({ spare: undefined, retry: { jitter: false } });
    await manager.open();
    link.fates = REFUSED;
    const startMs = clock.monotonicMs();
    await expect(clock.run(manager.createSession(KEY))).rejects.toThrow(SessionServiceUnavailableError);
    expect(clock.monotonicMs() - startMs).toBe(1000 + 2000);
    expect(told.filter(({ type }) => type === 'sessions.operation.failed')).toHaveLength(1);
    const created = manager.createSession(KEY);
    await clock.advance(500);
    link.fates = STEADY;
    expect(await clock.run(created)).toMatchObject({ revision: 1 });
  });

  it('S4-26, S4-39: a deleted session leaves nothing, also when its deletion was interrupted', async () => {
    const { clock, primary, link, manager } = stand({ spare: undefined, retry: { maxAttempts: 1 } });
    await manager.createSession(KEY);
    await manager.appendEvent(KEY, { event: {} });
    const remove = link.delete.bind(link);
    link.delete = async (key, options) => {
      if (key.startsWith('sessions/log/')) throw new Error('broken');
      return remove(key, options);
    };
    expect(await manager.deleteSession(KEY)).toBe(true);
    await clock.advance(1);
    link.delete = remove;
    expect(await manager.cleanupExpiredSessions()).toMatchObject({ recordsCleared: 1 });
    const { entries } = await primary.list('sessions/');
    expect(entries.map(({ key }) => key)).toEqual(['sessions/cleanup']);
  });

  it('S4-40: what has expired is not listed, and cleared away by that', async () => {
    const { clock, primary, manager } = stand();
    await manager.createSession({ ...KEY, ttlMs: 1000 });
    await clock.advance(1000);
    expect((await manager.listSessions(KEY)).sessions).toEqual([]);
    await clock.advance(100);
    expect((await primary.list('sessions/head/')).entries).toEqual([]);
  });

  it('S4-33, S4-34, S4-58: health tells of operations, and is tried by doing each', async () => {
    const { clock, link, manager } = stand({ spare: undefined, retry: { maxAttempts: 1 } });
    expect(await clock.run(manager.forceHealthCheck())).toMatchObject({ healthy: true });
    link.fates = REFUSED;
    expect(await clock.run(manager.forceHealthCheck())).toMatchObject({
      healthy: false,
      steps: [{ operation: 'create', ok: false }],
    });
    for (let n = 0; n < 5; n++) await clock.run(manager.createSession(KEY).catch(() => undefined));
    const status = await clock.run(manager.getHealthStatus());
    expect(status).toMatchObject({ status: 'unhealthy', available: false });
  });

  it('S4-56, S4-59: works on less when things fail, and on all when they no longer do', async () => {
    const { clock, link, manager } = stand();
    const session = await manager.createSession({ ...KEY, state: { n: 0 } });
    for (let round = 1; round <= 5; round++) {
      link.fates = DOWN;
      await clock.run(manager.updateSessionState(session, { set: { n: round } }));
      expect(await clock.run(manager.getSession(session))).toMatchObject({ state: { n: round } });
      const page = await clock.run(manager.listSessions(KEY));
      expect(page.complete).toBe(false);
      link.fates = STEADY;
      await clock.advance(5000);
      expect(await clock.run(manager.listSessions(KEY))).toMatchObject({ complete: true, sessions: [KEY] });
    }
  });
});
