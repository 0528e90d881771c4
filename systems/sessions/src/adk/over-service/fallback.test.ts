import type { Page } from '@sustain/stores';
import { expect, test } from 'vitest';
import { stand } from '../breakable.fixture.ts';
import { read, said, texts } from '../spoken.fixture.ts';

const key = { appName: 'app', userId: 'ana', sessionId: 'one' };
const other = { ...key, sessionId: 'two' };

test('S4-20, S4-21: the very event that finds the service away is acknowledged, and the conversation goes on', async () => {
  const { service, link, told, comeBack } = stand();
  const session = await service.createSession({ ...key, state: { x: 0 } });
  await service.appendEvent({ session, event: said('before', { x: 1 }) });
  link.way = 'away';
  await service.appendEvent({ session, event: said('meanwhile', { x: 2 }) });
  await service.appendEvent({ session, event: said('still', { y: 3 }) });
  expect(await service.state()).toMatchObject({ state: 'away', journalEntries: 2 });
  const known = await read(service, key);
  expect([texts(known), known.state]).toEqual([['before', 'meanwhile', 'still'], { x: 2, y: 3 }]);
  await comeBack();
  const now = await read(link.inner, key);
  expect([texts(now), now.state]).toEqual([['before', 'meanwhile', 'still'], { x: 2, y: 3 }]);
  await service.appendEvent({ session, event: said('after') });
  expect(texts(await read(link.inner, key))).toHaveLength(4);
  const changes = told.filter(({ type }) => type === 'sessions.adk.changed').map(({ data }) => data);
  expect(changes).toMatchObject([{ to: 'away' }, { to: 'returning', journalEntries: 2 }, { to: 'normal' }]);
  expect((await service.conflicts()).conflicts).toEqual([]);
});

test('S4-19: sessions are created while the service is away, with an id that nobody has, and brought in', async () => {
  const { service, link, comeBack } = stand();
  expect(await service.getSession(key)).toBeUndefined();
  link.way = 'away';
  const own = await service.createSession({
    ...key,
    sessionId: undefined as never,
    state: { x: 1, 'app:y': 2 },
  });
  await service.appendEvent({ session: own, event: said('hello') });
  const seenAbsent = await service.getOrCreateSession({ ...key, state: { z: 1 } });
  expect(seenAbsent.state).toEqual({ z: 1, 'app:y': 2 });
  await expect(service.createSession(key)).rejects.toMatchObject({ code: 'SESSION_ALREADY_EXISTS' });
  await comeBack();
  expect(texts(await read(link.inner, { ...key, sessionId: own.id }))).toEqual(['hello']);
  expect((await read(link.inner, key)).state).toMatchObject({ z: 1 });
});

test('what is not known is unavailable while the service is away, and never said not to exist', async () => {
  const { service, link, clock } = stand();
  await link.inner.createSession(other);
  await service.getSession(key);
  await clock.advance(60_001);
  link.way = 'away';
  const unavailable = { code: 'SESSION_SERVICE_UNAVAILABLE' };
  await expect(service.getSession(other)).rejects.toMatchObject(unavailable);
  await expect(service.getOrCreateSession(other)).rejects.toMatchObject(unavailable);
  await expect(service.createSession(other)).rejects.toMatchObject(unavailable);
  await expect(service.deleteSession(other)).rejects.toMatchObject(unavailable);
  await expect(service.listSessions({ appName: 'app' })).rejects.toMatchObject(unavailable);
  // It was seen not to exist, and that is too long ago.
  await expect(service.createSession(key)).rejects.toMatchObject(unavailable);
});

test('what is written while answers are lost is stored once', async () => {
  const { service, link, comeBack } = stand({ isShared: false });
  const session = await service.createSession(key);
  link.way = 'deaf';
  await service.appendEvent({ session, event: said('once') });
  await service.appendEvent({ session, event: said('twice') });
  expect(texts(await read(link.inner, key))).toEqual(['once']);
  await comeBack();
  expect(texts(await read(link.inner, key))).toEqual(['once', 'twice']);
  expect((await service.conflicts()).conflicts).toEqual([]);
});

test('a creation whose answer was lost is brought in as the one that it is', async () => {
  const { service, link, comeBack } = stand();
  await service.getSession(key);
  link.way = 'deaf';
  const session = await service.getOrCreateSession({ ...key, state: { x: 1 } });
  await service.appendEvent({ session, event: said('hello') });
  await comeBack();
  const now = await read(link.inner, key);
  expect([texts(now), now.state, (await service.conflicts()).conflicts]).toEqual([['hello'], { x: 1 }, []]);
});

test('a silent service is away when neither a call nor a look is answered in time, and is not waited for again', async () => {
  const { service, link, clock, comeBack } = stand();
  const session = await service.createSession(key);
  link.way = 'silent';
  const beganMs = clock.monotonicMs();
  await clock.run(service.appendEvent({ session, event: said('late') }));
  expect(clock.monotonicMs() - beganMs).toBe(6000);
  await service.appendEvent({ session, event: said('at once') });
  expect(clock.monotonicMs() - beganMs).toBe(6000);
  await comeBack();
  expect(texts(await read(link.inner, key))).toEqual(['late', 'at once']);
});

test('S4-22: a session that is deleted while the service is away is gone at once, and stays so', async () => {
  const { service, link, comeBack } = stand();
  const session = await service.createSession(key);
  link.way = 'away';
  await service.deleteSession(key);
  await service.deleteSession(key);
  expect(await service.getSession(key)).toBeUndefined();
  const late = service.appendEvent({ session, event: said('late') });
  await expect(late).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
  const again = await service.createSession({ ...key, state: { life: 2 } });
  await service.appendEvent({ session: again, event: said('anew') });
  await comeBack();
  const now = await read(link.inner, key);
  expect([now.state, texts(now)]).toEqual([{ life: 2 }, ['anew']]);
});

test('state that sessions share is shared while the service is away, too', async () => {
  const { service, link, comeBack } = stand();
  const session = await service.createSession(key);
  await service.createSession(other);
  link.way = 'away';
  await service.appendEvent({ session, event: said('hi', { 'app:theme': 'dark', 'user:name': 'Ana' }) });
  const shared = { 'app:theme': 'dark', 'user:name': 'Ana' };
  expect((await read(service, other)).state).toEqual(shared);
  await comeBack();
  expect((await read(link.inner, other)).state).toEqual(shared);
});

test('stale handles are refused while the service is away, too', async () => {
  const { service, link } = stand();
  await service.createSession(key);
  const [one, late] = [await read(service, key), await read(service, key)];
  link.way = 'away';
  await service.appendEvent({ session: one, event: said('first') });
  const refused = service.appendEvent({ session: late, event: said('late') });
  await expect(refused).rejects.toMatchObject({ code: 'SESSION_CONCURRENT_ACCESS' });
});

test('a session whose journal is not brought in yet is served from it while the service is coming back', async () => {
  const { service, link, comeBack, clock } = stand();
  const session = await service.createSession(key);
  link.way = 'away';
  await service.appendEvent({ session, event: said('a') });
  link.way = 'there';
  // The probe has seen it, and the journal is being brought in.
  const [appended] = await Promise.all([
    clock.run(service.appendEvent({ session, event: said('b') })),
    clock.advance(5000),
  ]);
  expect(texts({ ...session, events: [appended] })).toEqual(['b']);
  await comeBack();
  expect(texts(await read(link.inner, key))).toEqual(['a', 'b']);
});

test('no timer and no wait is left when the service is closed while away', async () => {
  const { service, link, clock } = stand();
  const session = await service.createSession(key);
  link.way = 'away';
  await service.appendEvent({ session, event: said('a') });
  await Promise.all([service.close(), service.close()]);
  const looks = link.calls.length;
  await clock.advance(60_000);
  expect([clock.waitingTimers, link.calls.length - looks]).toEqual([0, 0]);
  await expect(service.getSession(key)).rejects.toMatchObject({ code: 'SESSIONS_CLOSED' });
});

test('closing waits for what is under way, and for the journal that is being read', async () => {
  const { service, link, clock, spare } = stand();
  const session = await service.createSession(key);
  const { set } = spare;
  let gate = Promise.withResolvers<void>();
  spare.set = async (...given: Parameters<typeof set>) => {
    await gate.promise;
    return set.apply(spare, given);
  };
  const closed = async (closing: Promise<void>) => {
    let isClosed = false;
    void closing.then(() => {
      isClosed = true;
    });
    await clock.advance(60_000);
    expect(isClosed).toBe(false);
    gate.resolve();
    await closing;
  };
  link.way = 'away';
  const appending = service.appendEvent({ session, event: said('late') });
  await closed(service.close());
  expect(await appending).toBe(session.events[0]);
  gate = Promise.withResolvers<void>();
  await closed(stand({}, clock, link, spare).service.close());
});

test('sessions with something in the journal are not forgotten, however few are kept in memory', async () => {
  const { service, link, comeBack } = stand({ maxKnownSessions: 1 });
  await service.getSession(key);
  link.way = 'away';
  const made = [];
  for (let at = 0; at < 3; at++) made.push(await service.createSession({ appName: 'app', userId: 'ben' }));
  for (const session of made) await service.appendEvent({ session, event: said(`of ${session.id}`) });
  await comeBack();
  for (const { id } of made) {
    expect(texts(await read(link.inner, { appName: 'app', userId: 'ben', sessionId: id }))).toEqual([
      `of ${id}`,
    ]);
  }
});

test('the journal has its limit, and says so', async () => {
  const { service, link } = stand({ maxJournalEntries: 1 });
  const session = await service.createSession(key);
  link.way = 'away';
  await service.appendEvent({ session, event: said('a') });
  const tooMuch = service.appendEvent({ session, event: said('b') });
  await expect(tooMuch).rejects.toThrow('the journal is full, as 1 entries are allowed');
  expect(texts(session)).toEqual(['a']);
});

test('what was written upon a record that is gone from the journal is a conflict, and not merged', async () => {
  const first = stand();
  const session = await first.service.createSession(key);
  first.link.way = 'away';
  for (const text of ['a', 'b', 'c']) await first.service.appendEvent({ session, event: said(text) });
  const { entries } = await first.spare.list('adk/adk/journal/');
  await first.spare.delete(entries[1]?.key as string);
  const next = first.restart();
  await next.comeBack();
  expect(texts(await read(next.link.inner, key))).toEqual(['a']);
  const { conflicts } = await next.service.conflicts();
  expect(conflicts).toMatchObject([{ ours: { event: { content: { parts: [{ text: 'c' }] } } } }]);
});

test('a record of the journal that is damaged is named, and the others are brought in', async () => {
  const first = stand();
  const session = await first.service.createSession(key);
  const second = await first.service.createSession(other);
  first.link.way = 'away';
  await first.service.appendEvent({ session, event: said('a') });
  await first.service.appendEvent({ session: second, event: said('b') });
  const { list } = first.spare;
  let damaged: string | undefined;
  first.spare.list = async <Value>(...given: Parameters<typeof list>) => {
    const { entries, ...page } = await list.call<typeof first.spare, typeof given, Promise<Page<Value>>>(
      first.spare,
      ...given,
    );
    damaged ??= entries[0]?.key as string;
    const readable = entries.filter(({ key }) => key !== damaged);
    return { ...page, entries: readable, corrupted: [damaged] };
  };
  const next = first.restart();
  await next.comeBack();
  expect(await next.service.state()).toMatchObject({ state: 'normal', damagedRecords: [damaged] });
  expect(texts(await read(next.link.inner, other))).toEqual(['b']);
});
