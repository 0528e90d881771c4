import { InMemorySessionService } from '@google/adk';
import { fallbackFaults } from '@sustain/stores';
import { memoryStore } from '@sustain/stores/memory';
import { expect, test } from 'vitest';
import { stand } from '../breakable.fixture.ts';
import { ResilientSessionService } from '../index.ts';
import { read, said, texts } from '../spoken.fixture.ts';

const key = { appName: 'app', userId: 'ana', sessionId: 'one' };
const bare = { spare: undefined };

test('a connection that was idle for too long fails one attempt, and not the request (adk-python#733)', async () => {
  const { service, link, clock } = stand(bare);
  await service.createSession(key);
  link.failing = 1;
  expect(await clock.run(service.getSession(key))).toBeDefined();
});

test('several connections that were idle for too long do not make the service away', async () => {
  const { service, link, clock } = stand();
  await service.createSession(key);
  link.failing = 3;
  expect(await clock.run(service.getSession(key))).toBeDefined();
  expect((await service.state()).state).toBe('normal');
});

test('S4-13, S4-68: three attempts, a second and two apart at most, then SESSION_SERVICE_UNAVAILABLE', async () => {
  const { service, link, clock } = stand({ ...bare, retry: { jitter: false } });
  await service.createSession(key);
  link.way = 'away';
  link.calls.length = 0;
  const failed = expect(clock.run(service.getSession(key))).rejects.toMatchObject({
    code: 'SESSION_SERVICE_UNAVAILABLE',
    context: { operation: 'getSession', sessionId: 'one' },
  });
  await failed;
  expect([clock.monotonicMs(), link.calls.length]).toEqual([3000, 6]); // the last three are the look
});

test('S4-11: what does not exist, or exists already, is not tried again', async () => {
  const { service, link } = stand(bare);
  const session = await service.createSession(key);
  link.calls.length = 0;
  await expect(service.createSession(key)).rejects.toMatchObject({ code: 'SESSION_ALREADY_EXISTS' });
  await service.deleteSession(key);
  const late = service.appendEvent({ session, event: said('late') });
  await expect(late).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
  expect(link.calls).toEqual(['getSession', 'deleteSession', 'getSession']);
});

test('an event that the service cannot take is refused with what it said, and makes nobody degraded', async () => {
  const { service, link, clock } = stand();
  const session = await service.createSession(key);
  link.refuses = () => true;
  const refused = clock.run(service.appendEvent({ session, event: said('\0', { x: 1 }) }));
  await expect(refused).rejects.toMatchObject({
    code: 'SESSION_ERROR',
    cause: { message: 'invalid byte sequence' },
  });
  expect((await service.state()).state).toBe('normal');
  expect([session.events, session.state]).toEqual([[], {}]);
  link.refuses = () => false;
  await service.appendEvent({ session, event: said('fine') });
  expect(texts(await read(link.inner, key))).toEqual(['fine']);
});

test('without a spare, a write whose answer is lost is SESSION_OUTCOME_UNKNOWN, and may be repeated', async () => {
  const { service, link, clock } = stand({
    ...bare,
    isShared: false,
    attemptTimeoutMs: 100,
    retry: { maxAttempts: 1 },
  });
  const session = await service.createSession(key);
  link.way = 'silent';
  const event = said('once');
  const unknown = clock.run(service.appendEvent({ session, event }));
  await expect(unknown).rejects.toMatchObject({ code: 'SESSION_OUTCOME_UNKNOWN' });
  link.way = 'there';
  await link.inner.appendEvent({ session: await read(link.inner, key), event: structuredClone(event) });
  await service.appendEvent({ session, event });
  await service.appendEvent({ session, event: said('next') });
  expect([texts(session), texts(await read(link.inner, key))]).toEqual([
    ['once', 'next'],
    ['once', 'next'],
  ]);
});

test('rebased, a stale handle gets what it missed, in the objects that it has', async () => {
  const { service, link } = stand({ ...bare, onStale: 'rebase' });
  const created = await service.createSession({ ...key, state: { x: 0, gone: 1 } });
  const handle = await read(service, key);
  const { state, events } = handle;
  state['temp:mine'] = true;
  await service.appendEvent({ session: created, event: said('first', { x: 1 }) });
  await service.appendEvent({ session: handle, event: said('second', { y: 2 }) });
  expect([texts(handle), handle.state]).toEqual([
    ['first', 'second'],
    { x: 1, y: 2, gone: 1, 'temp:mine': true },
  ]);
  expect([handle.state === state, handle.events === events]).toEqual([true, true]);
  expect(texts(await read(link.inner, key))).toEqual(['first', 'second']);
});

test('a copy of a session is as new as what it holds', async () => {
  const { service } = stand(bare);
  const created = await service.createSession(key);
  await service.appendEvent({ session: created, event: said('first') });
  const copy = structuredClone(created);
  await service.appendEvent({ session: copy, event: said('second') });
  const old = { ...structuredClone(copy), events: [] };
  const late = service.appendEvent({ session: old, event: said('late') });
  await expect(late).rejects.toMatchObject({ code: 'SESSION_CONCURRENT_ACCESS' });
});

test('a handle of a session that was forgotten since is not stale by that', async () => {
  const { service, link } = stand({ ...bare, maxKnownSessions: 1 });
  const session = await service.createSession(key);
  await service.appendEvent({ session, event: said('first') });
  await service.createSession({ ...key, sessionId: 'two' });
  await service.appendEvent({ session, event: said('second') });
  expect(texts(await read(link.inner, key))).toEqual(['first', 'second']);
});

test('bad options are refused at once, with the cure', () => {
  const service = new InMemorySessionService();
  const spare = memoryStore();
  expect(() => new ResilientSessionService({ service, spare })).toThrow(fallbackFaults.SPARE_TOO_WEAK);
  expect(() => new ResilientSessionService({ service: {} as never })).toThrow(
    'must be a session service of ADK',
  );
  expect(() => new ResilientSessionService({ service, instance: 'a/b' })).toThrow('without a slash');
  expect(() => new ResilientSessionService({ service, attemptTimeoutMs: 0 })).toThrow(RangeError);
  expect(() => new ResilientSessionService({ service, onStale: 'merge' as never })).toThrow(
    'one of reject,rebase',
  );
});

test.each([
  ['no application', { appName: '' }, 'appName'],
  ['a user that is no text', { userId: 7 }, 'userId'],
])('%s is refused, and nothing is stored', async (_, wrong, field) => {
  const { service, link } = stand(bare);
  const made = service.createSession({ ...key, ...wrong } as never);
  await expect(made).rejects.toMatchObject({ code: 'SESSION_REQUEST_INVALID', context: { field } });
  expect(link.calls).toEqual([]);
});

test.each<[string, object]>([
  ['without an id', { id: '' }],
  ['without a time', { timestamp: 'now' }],
  ['that is a circle', circle()],
  ['that would get at a prototype', { content: JSON.parse('{"__proto__":{"admin":true}}') }],
  ['with a number that JSON does not have', { timestamp: Number.NaN }],
])('an event %s is refused, and nothing is stored or changed', async (_, wrong) => {
  const { service, link } = stand(bare);
  const session = await service.createSession(key);
  const event = { ...said('bad', { x: 1 }), ...wrong };
  const refused = service.appendEvent({ session, event });
  await expect(refused).rejects.toMatchObject({ code: 'SESSION_REQUEST_INVALID' });
  expect([session.events, session.state, (await read(link.inner, key)).events]).toEqual([[], {}, []]);
});

test.each([{ numRecentEvents: -1 }, { numRecentEvents: 1.5 }, { afterTimestamp: Number.NaN }])(
  'a filter of %o is refused',
  async (config) => {
    const { service } = stand(bare);
    await expect(service.getSession({ ...key, config })).rejects.toMatchObject({
      code: 'SESSION_REQUEST_INVALID',
    });
  },
);

function circle(): object {
  const self: Record<string, unknown> = {};
  self['self'] = self;
  return { customMetadata: self };
}

test('two programs on one service: what one of them has written makes the handle of the other stale', async () => {
  const one = stand(bare);
  const two = stand(bare, one.clock, one.link);
  const session = await one.service.createSession(key);
  await two.service.appendEvent({ session: await read(two.service, key), event: said('theirs') });
  const late = one.service.appendEvent({ session, event: said('late') });
  await expect(late).rejects.toMatchObject({ code: 'SESSION_CONCURRENT_ACCESS' });
  expect(texts(await read(one.service, key))).toEqual(['theirs']);
});
