import { SimulatedClock } from '@sustain/kernel';
import type { Store } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { expect, test } from 'vitest';
import { createSessionManager, type SessionManagerOptions } from '../../manager/index.ts';
import { breakableStore } from '../breakable-store.fixture.ts';
import { ResilientSessionService, type StaleRule } from '../index.ts';
import { read, said, texts } from '../spoken.fixture.ts';

const key = { appName: 'app', userId: 'ana', sessionId: 'one' };

function open(
  options: Partial<SessionManagerOptions> & { onStale?: StaleRule } = {},
  clock = new SimulatedClock(),
  primary: Store = memoryStore({ clock }),
) {
  const { onStale, ...rest } = options;
  const manager = createSessionManager({ primary, instance: 'one', clock, ...rest });
  return { clock, primary, manager, service: new ResilientSessionService({ manager, onStale }) };
}

test('a change of the state by somebody else makes a handle stale, too', async () => {
  const { service, manager } = open();
  const session = await service.createSession(key);
  await manager.updateSessionState(key, { set: { theirs: 1 } });
  const late = service.appendEvent({ session, event: said('late', { theirs: 0 }) });
  await expect(late).rejects.toMatchObject({ code: 'SESSION_CONCURRENT_ACCESS' });
  expect([session.events, session.state]).toEqual([[], {}]);
  const now = await read(service, key);
  await service.appendEvent({ session: now, event: said('in time') });
  expect((await read(service, key)).state).toEqual({ theirs: 1 });
});

test('rebased, a stale handle gets what it missed, and its event comes after it', async () => {
  const { service, manager } = open({ onStale: 'rebase' });
  const session = await service.createSession(key);
  const { state, events } = session;
  state['temp:mine'] = true;
  await manager.appendEvent(key, { event: { ...said('theirs') } as never, stateDelta: { x: 1 } });
  await service.appendEvent({ session, event: said('ours', { y: 2 }) });
  await service.appendEvent({ session, event: said('ours, too') });
  const all = ['theirs', 'ours', 'ours, too'];
  expect([texts(session), texts(await read(service, key))]).toEqual([all, all]);
  expect(session.state).toEqual({ x: 1, y: 2, 'temp:mine': true });
  expect([session.state === state, session.events === events]).toEqual([true, true]);
});

test('an event whose answer was lost is stored once when it is sent again, and its handle is not stale', async () => {
  const { service, manager } = open();
  const session = await service.createSession(key);
  const event = said('once', { x: 1 });
  await manager.appendEvent(key, { event: { ...event } as never, stateDelta: { x: 1 } });
  await service.appendEvent({ session, event });
  await service.appendEvent({ session, event: said('next') });
  expect([texts(session), texts(await read(service, key))]).toEqual([
    ['once', 'next'],
    ['once', 'next'],
  ]);
});

test('an event that was repeated tells nothing of what others did since: the next one is stale', async () => {
  const { service, manager } = open();
  const session = await service.createSession(key);
  const event = said('once');
  await service.appendEvent({ session, event });
  await manager.updateSessionState(key, { set: { theirs: 1 } });
  await service.appendEvent({ session, event });
  const late = service.appendEvent({ session, event: said('late') });
  await expect(late).rejects.toMatchObject({ code: 'SESSION_CONCURRENT_ACCESS' });
});

test('a copy of a session is as new as what it holds', async () => {
  const { service } = open();
  const created = await service.createSession(key);
  await service.appendEvent({ session: created, event: said('first') });
  const copy = structuredClone(created);
  await service.appendEvent({ session: copy, event: said('second') });
  const old = service.appendEvent({ session: { ...copy, events: [] }, event: said('late') });
  await expect(old).rejects.toMatchObject({ code: 'SESSION_CONCURRENT_ACCESS' });
});

test('abandoned sessions expire, also those to which nobody ever said anything (adk-python, ag-ui-adk#5165)', async () => {
  const { service, clock } = open({ ttlMs: 60_000 });
  const session = await service.createSession(key);
  await service.createSession({ ...key, sessionId: 'pending' });
  await clock.advance(59_000);
  await service.appendEvent({ session, event: said('hi') });
  await clock.advance(59_000);
  expect(await service.getSession({ ...key, sessionId: 'pending' })).toBeUndefined();
  expect(await service.getSession(key)).toBeDefined();
  await clock.advance(2000);
  expect(await service.getSession(key)).toBeUndefined();
  expect((await service.listSessions({ appName: 'app' })).totalItems).toBe(0);
});

test('two programs on one store: what one of them has written makes the handle of the other stale (adk-go#1229)', async () => {
  const clock = new SimulatedClock();
  const primary = memoryStore({ clock });
  const one = open({ instance: 'one', shared: true }, clock, primary);
  const two = open({ instance: 'two', shared: true }, clock, primary);
  const session = await clock.run(one.service.createSession(key));
  const theirs = await clock.run(read(two.service, key));
  await clock.run(two.service.appendEvent({ session: theirs, event: said('theirs') }));
  const late = clock.run(one.service.appendEvent({ session, event: said('late') }));
  await expect(late).rejects.toMatchObject({ code: 'SESSION_CONCURRENT_ACCESS' });
  expect(texts(await clock.run(read(one.service, key)))).toEqual(['theirs']);
  await clock.run(Promise.all([one.manager.close(), two.manager.close()]));
});

test('lists are not given while not all sessions are known, and say so', async () => {
  const clock = new SimulatedClock();
  const way = breakableStore(memoryStore({ clock }));
  const spare = memoryStore({ clock });
  const { service } = open({ spare, fallback: { acceptLoss: true } }, clock, way.store);
  await service.createSession(key);
  way.isAway = true;
  const listed = clock.run(service.listSessions({ appName: 'app' }));
  await expect(listed).rejects.toMatchObject({ code: 'SESSION_SERVICE_UNAVAILABLE' });
  expect(await service.state()).toMatchObject({ state: 'away', journalEntries: 0 });
});
