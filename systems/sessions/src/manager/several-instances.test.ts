import type { ListOptions } from '@sustain/stores';
import { describe, expect, it } from 'vitest';
import { SessionServiceUnavailableError, sessionFaults } from '../faults.ts';
import { type Instance, instancesOn, STEADY } from './instances.fixture.ts';

const USER = { appName: 'app', userId: 'user' };

describe('a session that several instances serve', () => {
  it('is changed by each in its turn: whoever has it hands it over', async () => {
    const { start, passing } = instancesOn(1);
    const [a, b] = [start('a'), start('b')];
    const key = await a.manager.createSession(USER);
    for (let n = 0; n < 10; n++) {
      const { manager } = n % 2 === 0 ? b : a;
      await passing(manager.appendEvent(key, { event: { id: `e${n}` } }));
    }
    for (const { manager } of [a, b]) {
      const { events, revision } = await passing(manager.getSession(key));
      expect(events.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, n) => `e${n}`));
      expect(revision).toBe(11);
    }
  });

  it('goes on where it is held while the primary is away; the others say that they cannot', async () => {
    const { clock, start, passing } = instancesOn(2);
    const [a, b] = [start('a'), start('b')];
    const key = await passing(a.manager.createSession({ ...USER, state: { n: 0 } }));
    await passing(b.manager.createSession(USER));
    for (const { link } of [a, b]) link.fates = { ...STEADY, refused: 1 };
    for (let n = 1; n <= 20; n++) {
      await passing(a.manager.appendEvent(key, { event: { id: `e${n}` }, stateDelta: { n } }));
      await clock.advance(3000);
    }
    expect((await a.manager.getSession(key)).state).toEqual({ n: 20 });
    expect(await a.manager.getHealthStatus()).toMatchObject({ status: 'degraded', mode: 'degraded' });
    const refused = passing(b.manager.appendEvent(key, { event: {} }));
    await expect(refused).rejects.toThrow(SessionServiceUnavailableError);
    await expect(passing(b.manager.getSession(key))).rejects.toThrow(SessionServiceUnavailableError);
    const made = await passing(a.manager.createSession(USER));
    await passing(a.manager.appendEvent(made, { event: { id: 'new' } }));
    for (const { link } of [b, a]) link.fates = STEADY;
    await clock.advance(5000);
    expect(await a.manager.getHealthStatus()).toMatchObject({ mode: 'normal' });
    await passing(b.manager.appendEvent(key, { event: { id: 'last' } }));
    const { events, state } = await passing(b.manager.getSession(key));
    expect(events.map(({ id }) => id)).toEqual([
      ...Array.from({ length: 20 }, (_, n) => `e${n + 1}`),
      'last',
    ]);
    expect(state).toEqual({ n: 20 });
    expect((await passing(b.manager.getSession(made))).events).toMatchObject([{ id: 'new' }]);
    expect(conflictsOf([a, b])).toEqual([]);
  });

  it('goes on where it is held although its events are not in memory, or its deletion was refused', async () => {
    const { clock, start, passing } = instancesOn(11, { maxBytesInMemory: 28_000 });
    const a = start('a');
    const text = 'x'.repeat(3000);
    const keys = [await passing(a.manager.createSession(USER)), await passing(a.manager.createSession(USER))];
    const append = (id: string) =>
      Promise.all(keys.map((key) => passing(a.manager.appendEvent(key, { event: { id, text } }))));
    for (const id of ['e1', 'e2', 'e3']) await append(id);
    a.link.fates = { ...STEADY, refused: 1 };
    await append('e4');
    const read = keys.map((key) => passing(a.manager.getSession(key)).catch((error: unknown) => error));
    const [first, second] = await Promise.all(read);
    expect([first, second].filter((one) => one instanceof SessionServiceUnavailableError)).not.toEqual([]);
    await append('e5');
    for (const key of keys) {
      await expect(passing(a.manager.deleteSession(key))).rejects.toThrow(SessionServiceUnavailableError);
    }
    await append('e6');
    a.link.fates = STEADY;
    await clock.advance(5000);
    for (const key of keys) {
      const { events } = await passing(a.manager.getSession(key));
      expect(events.map(({ id }) => id)).toEqual(['e1', 'e2', 'e3', 'e4', 'e5', 'e6']);
    }
  });

  it('is loaded by its last changes where it is to be changed, however long it is', async () => {
    const { start, primary, passing } = instancesOn(12);
    const [a, b] = [start('a'), start('b')];
    const key = await passing(a.manager.createSession(USER));
    for (let n = 0; n < 1000; n++) await a.manager.appendEvent(key, { event: { id: `e${n}` } });
    const list = primary.list.bind(primary);
    let records = 0;
    primary.list = async <Value>(prefix: string, options?: ListOptions) => {
      const page = await list<Value>(prefix, options);
      if (prefix.startsWith('sessions/log/')) records += page.entries.length;
      return page;
    };
    await passing(b.manager.appendEvent(key, { event: { id: 'of-b' } }));
    expect(records).toBeLessThanOrEqual(356);
    const again = await passing(b.manager.appendEvent(key, { event: { id: 'e999' } }));
    expect(again).toMatchObject({ isRepeated: true, revision: 1001 });
    const { events } = await passing(b.manager.getSession(key));
    expect([events.length, events.at(-1)?.id]).toEqual([1001, 'of-b']);
  });

  it('waits for the instance that has died with acknowledged writes, and has them when that is back', async () => {
    const { clock, start, passing } = instancesOn(3);
    const [a, b] = [start('a'), start('b')];
    const key = await passing(a.manager.createSession(USER));
    a.link.fates = { ...STEADY, refused: 1 };
    await passing(a.manager.appendEvent(key, { event: { id: 'kept' } }));
    a.kill();
    await clock.advance(60_000);
    const refused = passing(b.manager.appendEvent(key, { event: { id: 'early' } }));
    await expect(refused).rejects.toThrow(sessionFaults.SESSION_HELD_ELSEWHERE);
    const again = a.restart();
    await passing(again.manager.open());
    await clock.advance(5000);
    await passing(b.manager.appendEvent(key, { event: { id: 'later' } }));
    const { events } = await passing(b.manager.getSession(key));
    expect(events.map(({ id }) => id)).toEqual(['kept', 'later']);
  });

  it('is taken over when the instance that has died is given up', async () => {
    const { clock, start, passing } = instancesOn(4, { takeOverAfterMs: 60_000 });
    const [a, b] = [start('a'), start('b')];
    const key = await passing(a.manager.createSession(USER));
    await passing(b.manager.open());
    await clock.advance(1000);
    a.kill();
    await clock.advance(80_000);
    await passing(b.manager.appendEvent(key, { event: { id: 'e' } }));
    expect((await passing(b.manager.getSession(key))).events).toMatchObject([{ id: 'e' }]);
  });

  it('is free at once when the instance that had it has ended in order', async () => {
    const { clock, start, passing } = instancesOn(5);
    const [a, b] = [start('a'), start('b')];
    const key = await passing(a.manager.createSession(USER));
    await passing(b.manager.open());
    await passing(a.manager.close());
    await clock.advance(100);
    await passing(b.manager.appendEvent(key, { event: { id: 'e' } }));
    expect((await b.manager.getSession(key)).revision).toBe(2);
  });

  it('is refused by an instance whose name another has taken', async () => {
    const { clock, start, passing } = instancesOn(6);
    const a = start('a');
    const key = await passing(a.manager.createSession(USER));
    const again = a.restart();
    await passing(again.manager.open());
    await clock.advance(1000);
    await passing(again.manager.appendEvent(key, { event: { id: 'e' } }));
    const refused = passing(a.manager.appendEvent(key, { event: { id: 'f' } }));
    await expect(refused).rejects.toThrow(sessionFaults.INSTANCE_NAME_TAKEN);
  });
});

function conflictsOf(instances: readonly Instance[]): unknown[] {
  return instances.flatMap(({ told }) => told.filter(({ type }) => type === 'fallback.conflict'));
}
