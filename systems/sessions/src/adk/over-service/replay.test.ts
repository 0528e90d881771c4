import { storeFaults } from '@sustain/stores';
import { expect, test } from 'vitest';
import { type Stand, stand } from '../breakable.fixture.ts';
import { read, said, texts } from '../spoken.fixture.ts';

const key = { appName: 'app', userId: 'ana', sessionId: 'one' };

/** With an event, and another one in the journal. */
async function parted(options: Parameters<typeof stand>[0] = {}): Promise<Stand & { ours: string }> {
  const it = stand(options);
  const session = await it.service.createSession(key);
  await it.service.appendEvent({ session, event: said('before') });
  it.link.way = 'away';
  await it.service.appendEvent({ session, event: said('ours', { x: 'ours' }) });
  return { ...it, ours: 'ours' };
}

async function theirs({ link }: Stand): Promise<void> {
  await link.inner.appendEvent({
    session: await read(link.inner, key),
    event: said('theirs', { x: 'theirs' }),
  });
}

test('what others wrote meanwhile stays, ours is in a record with both sides, and it is told: never merged silently', async () => {
  const it = await parted();
  await theirs(it);
  await it.comeBack();
  const now = await read(it.service, key);
  expect([texts(now), now.state]).toEqual([['before', 'theirs'], { x: 'theirs' }]);
  const { conflicts } = await it.service.conflicts();
  expect(conflicts).toMatchObject([
    { key, stays: 'theirs', ours: { kind: 'append', event: { content: { parts: [{ text: 'ours' }] } } } },
  ]);
  expect(conflicts[0]?.theirs?.events).toBe(2);
  expect(it.told.filter(({ type }) => type === 'sessions.adk.conflict')).toHaveLength(1);
  const [conflict] = conflicts;
  expect(await it.service.removeConflict(conflict?.id as string)).toBe(true);
  expect((await it.service.conflicts()).conflicts).toEqual([]);
});

test('what comes after what was rejected is rejected, too, each with its record', async () => {
  const it = await parted();
  await it.service.appendEvent({ session: await read(it.service, key), event: said('ours, too') });
  await theirs(it);
  await it.comeBack();
  expect(texts(await read(it.link.inner, key))).toEqual(['before', 'theirs']);
  const page = await it.service.conflicts({ limit: 1 });
  const next = await it.service.conflicts({ after: page.next as string });
  expect([...page.conflicts, ...next.conflicts].map(({ ours }) => ours.kind)).toEqual(['append', 'append']);
});

test('rebased, ours comes after what others wrote meanwhile, and that is told once', async () => {
  const it = await parted({ onStale: 'rebase' });
  await it.service.appendEvent({ session: await read(it.service, key), event: said('ours, too') });
  await theirs(it);
  await it.comeBack();
  expect(texts(await read(it.link.inner, key))).toEqual(['before', 'theirs', 'ours', 'ours, too']);
  expect((await it.service.conflicts()).conflicts).toMatchObject([{ stays: 'both' }]);
});

test.each(['reject', 'rebase'] as const)(
  'a session that others deleted stays deleted (%s)',
  async (onStale) => {
    const it = await parted({ onStale });
    await it.link.inner.deleteSession(key);
    await it.comeBack();
    expect(await it.service.getSession(key)).toBeUndefined();
    const { conflicts } = await it.service.conflicts();
    expect(conflicts.map(({ stays, theirs }) => [stays, theirs])).toEqual([['theirs', undefined]]);
  },
);

test('a session that others deleted and made anew is theirs', async () => {
  const it = await parted();
  await it.link.inner.deleteSession(key);
  await it.link.inner.createSession({ ...key, state: { life: 2 } });
  await it.comeBack();
  expect((await read(it.service, key)).state).toEqual({ life: 2 });
  expect((await it.service.conflicts()).conflicts).toHaveLength(1);
});

test('a session that others created under the same id stays as it is', async () => {
  const it = stand();
  await it.service.getSession(key);
  it.link.way = 'away';
  const session = await it.service.getOrCreateSession({ ...key, state: { whose: 'ours' } });
  await it.service.appendEvent({ session, event: said('ours') });
  await it.link.inner.createSession({ ...key, state: { whose: 'theirs' } });
  await it.comeBack();
  const now = await read(it.service, key);
  expect([now.state, texts(now)]).toEqual([{ whose: 'theirs' }, []]);
  const { conflicts } = await it.service.conflicts();
  expect(conflicts.map(({ ours }) => ours.kind)).toEqual(['create', 'append']);
});

test('a session to which others wrote is not deleted by who did not see that', async () => {
  const it = await parted();
  await it.service.deleteSession(key);
  await theirs(it);
  await it.comeBack();
  expect(texts(await read(it.link.inner, key))).toContain('theirs');
  expect((await it.service.conflicts()).conflicts.map(({ ours }) => ours.kind)).toEqual(['append', 'delete']);
});

test('S4-56: what was acknowledged before a crash is brought in by the next run, in order and once', async () => {
  const it = await parted();
  const born = await it.service.createSession({ appName: 'app', userId: 'ben', state: { x: 1 } });
  await it.service.appendEvent({ session: born, event: said('hello') });
  const next = it.restart();
  next.link.way = 'away';
  // What began in the journal is known again, the rest is not.
  const known = { appName: 'app', userId: 'ben', sessionId: born.id };
  expect(texts(await read(next.service, known))).toEqual(['hello']);
  await expect(next.service.getSession(key)).rejects.toMatchObject({ code: 'SESSION_SERVICE_UNAVAILABLE' });
  expect(await next.service.state()).toMatchObject({ state: 'away', journalEntries: 3 });
  await next.comeBack();
  expect(texts(await read(next.link.inner, key))).toEqual(['before', 'ours']);
  expect(texts(await read(next.link.inner, known))).toEqual(['hello']);
  expect((await next.service.conflicts()).conflicts).toEqual([]);
});

test('an event that the service refuses for good is recorded, and what comes after it is brought in', async () => {
  const it = await parted();
  await it.service.appendEvent({ session: await read(it.service, key), event: said('fine') });
  it.link.refuses = ({ content }) => content?.parts?.[0]?.text === 'ours';
  await it.comeBack();
  expect(texts(await read(it.link.inner, key))).toEqual(['before', 'fine']);
  const { conflicts } = await it.service.conflicts();
  expect(conflicts).toMatchObject([{ stays: 'theirs', ours: { kind: 'append' } }]);
  expect(conflicts[0]?.reason).toContain('invalid byte sequence');
});

test('a session that the service cannot read keeps its journal, and keeps nobody else away', async () => {
  const it = await parted();
  const other = { ...key, sessionId: 'two' };
  await it.service.getOrCreateSession({ ...other, sessionId: undefined as never, userId: 'ben' });
  it.link.unreadable.add('one');
  await it.comeBack();
  expect(await it.service.state()).toMatchObject({ state: 'normal' });
  await it.service.listSessions({ appName: 'app' });
  await it.service.createSession(other);
  expect(texts(await read(it.link.inner, other))).toEqual([]);
  // It goes on in the journal, and is tried again in peace.
  const session = await it.clock.run(read(it.service, key));
  await it.clock.run(it.service.appendEvent({ session, event: said('meanwhile') }));
  expect(texts(await it.clock.run(read(it.service, key)))).toEqual(['before', 'ours', 'meanwhile']);
  const looks = it.link.calls.length;
  await it.clock.advance(60_000);
  expect(it.link.calls.length - looks).toBeLessThan(60);
  const about = (name: string) => it.told.filter(({ type }) => type === `sessions.adk.${name}`);
  expect(about('left')).toMatchObject([
    { data: { key, entries: 1, reason: expect.stringContaining('token') } },
  ]);
  expect(about('changed').map(({ data }) => (data as { to: string }).to)).toEqual([
    'away',
    'returning',
    'normal',
  ]);
  it.link.unreadable.clear();
  await it.clock.advance(15_000);
  expect(texts(await read(it.link.inner, key))).toEqual(['before', 'ours', 'meanwhile']);
  expect((await it.service.conflicts()).conflicts).toEqual([]);
  it.link.way = 'away';
  await it.service.appendEvent({ session: await read(it.service, key), event: said('again') });
  await it.comeBack();
  expect(texts(await read(it.link.inner, key)).at(-1)).toBe('again');
});

test('a session that the service cannot read after it was brought in is learned when it is asked for', async () => {
  const it = await parted();
  it.link.refuses = () => {
    it.link.unreadable.add('one');
    return false;
  };
  await it.comeBack();
  it.link.unreadable.clear();
  it.link.refuses = () => false;
  expect(await it.service.state()).toMatchObject({ state: 'normal' });
  expect(texts(await read(it.service, key))).toEqual(['before', 'ours']);
  await it.clock.advance(60_000);
  expect([it.clock.waitingTimers, it.told.filter(({ type }) => type === 'sessions.adk.left')]).toEqual([
    0,
    [],
  ]);
});

test('the journal stays when the service goes away again in the middle of coming back', async () => {
  const it = await parted();
  for (let at = 0; at < 5; at++) {
    await it.service.appendEvent({ session: await read(it.service, key), event: said(`more ${at}`) });
  }
  let appended = 0;
  it.link.way = 'there';
  it.link.refuses = () => {
    if (++appended === 3) it.link.way = 'away';
    return false;
  };
  await it.clock.advance(2000);
  expect(await it.service.state()).toMatchObject({ state: 'away' });
  await it.comeBack();
  const all = ['before', 'ours', 'more 0', 'more 1', 'more 2', 'more 3', 'more 4'];
  expect(texts(await read(it.link.inner, key))).toEqual(all);
});

test('a program whose journal another one has taken acknowledges nothing without its service, and stays useful with it', async () => {
  const it = await parted();
  const next = it.restart();
  await next.comeBack();
  const session = await read(next.service, key);
  expect(texts(session)).toEqual(['before', 'ours']);
  it.link.way = 'there';
  const zombie = stand({}, it.clock, it.link, it.spare);
  await zombie.service.getSession(key);
  const third = stand({}, it.clock, it.link, it.spare);
  await third.service.getSession(key);
  it.link.way = 'away';
  const late = zombie.service.appendEvent({ session, event: said('late') });
  await expect(late).rejects.toMatchObject({ code: 'INSTANCE_NAME_TAKEN' });
  it.link.way = 'there';
  expect(texts(await read(zombie.service, key))).toEqual(['before', 'ours']);
  expect(texts(await read(it.link.inner, key))).toEqual(['before', 'ours']);
});

test('a journal that is taken while it is brought in, as the service goes away again, leaves typed answers', async () => {
  const it = await parted();
  const other = { ...key, sessionId: 'two' };
  const reading = Promise.withResolvers<void>();
  const taken = Promise.withResolvers<void>();
  const { getSession } = it.link.inner;
  it.link.inner.getSession = async (request) => {
    if (request.sessionId !== 'one') return getSession.call(it.link.inner, request);
    reading.resolve();
    await taken.promise;
    it.link.way = 'away';
    throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  };
  it.link.way = 'there';
  await it.clock.advance(2000);
  await reading.promise;
  // Of another session, in the journal too: its write finds that another program has taken it.
  it.link.way = 'away';
  stand({}, it.clock, it.link, it.spare);
  await it.clock.advance(0);
  const made = it.service.createSession({ ...other, sessionId: undefined as never });
  await expect(it.clock.run(made)).rejects.toMatchObject({ code: 'INSTANCE_NAME_TAKEN' });
  taken.resolve();
  await it.clock.advance(2000);
  const refused = it.clock.run(it.service.getSession(other));
  await expect(refused).rejects.toMatchObject({ code: 'SESSION_SERVICE_UNAVAILABLE' });
  expect(await it.service.state()).toMatchObject({ state: 'normal' });
});

test('without a journal nothing is acknowledged', async () => {
  const it = stand();
  const session = await it.service.createSession(key);
  it.link.way = 'away';
  it.spare.set = async () => {
    throw storeFaults.STORE_UNAVAILABLE({ store: 'spare', reason: 'the disk is full' });
  };
  const before = structuredClone(session);
  const refused = it.service.appendEvent({ session, event: said('lost') });
  await expect(refused).rejects.toMatchObject({ code: 'SESSION_SERVICE_UNAVAILABLE' });
  expect(session).toEqual(before);
  expect(texts(await read(it.service, key))).toEqual([]);
});
