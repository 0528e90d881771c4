import { describe, expect, it } from 'vitest';
import { SessionNotFoundError, SessionStorageCorruptedError } from '../faults.ts';
import { disturbedStore } from './disturbed-store.fixture.ts';

const KEY = { appName: 'app', userId: 'user', sessionId: 's' };
const HEAD = 'sessions/head/app/user/s';

describe('a session of which something stored is damaged', () => {
  it.each(['head', 'log'] as const)(
    'its %s: says so, is no other session’s matter, and can be deleted',
    async (what) => {
      const { manager, primary, damage } = disturbedStore({ maxSessionsInMemory: 1 });
      await manager.createSession(KEY);
      await manager.appendEvent(KEY, { event: { id: 'e' } });
      const sound = await manager.createSession({ ...KEY, sessionId: 't' });
      const [log] = (await primary.list('sessions/log/')).entries;
      damage(what === 'head' ? HEAD : (log?.key ?? ''));
      const asked = [manager.getSession(KEY), manager.appendEvent(KEY, { event: {} })];
      for (const each of asked) {
        await expect(each).rejects.toMatchObject({
          context: { sessionId: 's', key: what === 'head' ? HEAD : log?.key },
        });
        await expect(each).rejects.toThrow(SessionStorageCorruptedError);
      }
      expect((await manager.getSession(sound)).sessionId).toBe('t');
      const stale = manager.deleteSession(KEY, { expectedVersion: 'some' });
      await expect(stale).rejects.toThrow(SessionStorageCorruptedError);
      expect(await manager.deleteSession(KEY)).toBe(true);
      await expect(manager.getSession(KEY)).rejects.toThrow(SessionNotFoundError);
      expect(await manager.createSession(KEY)).toMatchObject({ revision: 1, events: [] });
    },
  );

  it('has a gap in its log: is not shown as if it ended there', async () => {
    const { manager, primary } = disturbedStore({ maxSessionsInMemory: 1 });
    await manager.createSession(KEY);
    for (const id of ['one', 'two', 'three']) await manager.appendEvent(KEY, { event: { id } });
    await manager.createSession({ ...KEY, sessionId: 't' });
    const { entries } = await primary.list('sessions/log/');
    await primary.delete(entries[1]?.key ?? '');
    await expect(manager.getSession(KEY)).rejects.toThrow(/the change 3 before it is missing/);
  });
});
