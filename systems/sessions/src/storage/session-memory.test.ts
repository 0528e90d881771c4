import { SimulatedClock } from '@sustain/kernel';
import { memoryStore } from '@sustain/stores/memory';
import { describe, expect, it } from 'vitest';
import { createSessionManager } from '../manager/index.ts';
import { OpenSession } from './open-session.ts';
import { SessionMemory } from './session-memory.ts';

const EVENT_BYTES = 1000;

function sessionOf(id: string, events: number): OpenSession {
  const base = { revision: 1, updatedWallMs: 0, state: {} };
  const key = { appName: 'app', userId: 'user', sessionId: id };
  const session = new OpenSession(
    { key, incarnation: id, owner: undefined, createdWallMs: 0, ttlMs: undefined, base },
    1,
  );
  for (let n = 0; n < events; n++)
    session.apply({ id: `${n}`, wallMs: 0, event: { id: `${n}`, timestamp: 0 } }, EVENT_BYTES);
  return session;
}

describe('sessions in memory', () => {
  it('lose their events first, least recently used first, and only then go', () => {
    const memory = new SessionMemory({ maxSessions: 10, maxBytes: 100_000 });
    const sessions = Array.from({ length: 10 }, (_, n) => sessionOf(`s${n}`, 20));
    for (const [n, session] of sessions.entries()) {
      memory.keep(`s${n}`, session);
      memory.get('s0');
      expect(memory.sizeBytes).toBeLessThanOrEqual(100_000);
    }
    expect(memory.size).toBe(10);
    const whole = sessions.filter(({ hasEvents }) => hasEvents);
    expect(whole.map(({ incarnation }) => incarnation)).toEqual(['s0', 's9']);
    memory.keep('more', sessionOf('more', 0));
    expect([memory.size, memory.get('s1'), memory.ofIncarnation('s1')]).toEqual([10, undefined, undefined]);
    for (const { incarnation } of sessions) memory.drop(incarnation);
    memory.drop('more');
    expect([memory.size, memory.sizeBytes]).toEqual([0, 0]);
  });

  it('are measured anew when they have grown, and the one that has grown stays, whoever came after it', () => {
    const memory = new SessionMemory({ maxSessions: 10, maxBytes: 100_000 });
    const [first, second] = [sessionOf('first', 1), sessionOf('second', 1)];
    memory.keep('first', first);
    memory.keep('second', second);
    for (let n = 1; n < 200; n++) {
      first.apply({ id: `${n}`, wallMs: 0, event: { id: `${n}`, timestamp: 0 } }, EVENT_BYTES);
      memory.keep('first', first);
    }
    expect([first.hasEvents, memory.size]).toEqual([true, 1]);
    expect(memory.sizeBytes).toBe(first.sizeBytes);
  });

  it('keep the last one, however large it is', () => {
    const memory = new SessionMemory({ maxSessions: 10, maxBytes: 10_000 });
    memory.keep('small', sessionOf('small', 0));
    memory.keep('large', sessionOf('large', 50));
    expect([memory.size, memory.get('large')?.hasEvents]).toEqual([1, true]);
  });

  it('without their events are changed without a look at their logs, and read whole again', async () => {
    const clock = new SimulatedClock();
    const primary = memoryStore({ clock });
    const lists: string[] = [];
    const list = primary.list.bind(primary);
    primary.list = (prefix, options) => {
      lists.push(prefix);
      return list(prefix, options);
    };
    const manager = createSessionManager({ primary, clock, instance: 'one', maxBytesInMemory: 200_000 });
    const text = 'x'.repeat(10_000);
    const keys = await Promise.all(
      ['a', 'b', 'c'].map((sessionId) =>
        manager.createSession({ appName: 'app', userId: 'user', sessionId }),
      ),
    );
    for (let n = 0; n < 15; n++) {
      for (const key of keys) {
        const appended = await manager.appendEvent(key, { event: { id: `e${n}`, text } });
        expect(appended).toMatchObject({ revision: n + 2, isRepeated: false });
      }
    }
    expect(lists).toEqual([]);
    for (const key of keys) {
      const repeated = await manager.appendEvent(key, { event: { id: 'e3', text: 'another' } });
      expect(repeated).toMatchObject({ revision: 5, isRepeated: true, event: { id: 'e3', text } });
      expect(await manager.getSession(key, { numRecentEvents: 0 })).toMatchObject({
        revision: 16,
        events: [],
      });
    }
    expect(lists).toEqual([]);
    const read = await Promise.all(keys.map((key) => manager.getSession(key)));
    for (const { events } of read)
      expect(events.map(({ id }) => id)).toEqual(Array.from({ length: 15 }, (_, n) => `e${n}`));
    expect(lists).not.toEqual([]);
    await manager.close();
  });
});
