import { storeFaults } from '@sustain/stores';
import { describe, expect, it } from 'vitest';
import { SessionNotFoundError, SessionServiceUnavailableError, sessionFaults } from '../faults.ts';
import { DOWN, type Instance, instancesOn, STEADY } from './instances.fixture.ts';

const USER = { appName: 'app', userId: 'user' };
const REFUSED = { ...STEADY, refused: 1 };

/** The primary answers, and what is in the journal of logs does not get there. Answers how to let it. */
function holdBackLogs({ link }: Instance): () => void {
  const send = link.compareAndSet.bind(link);
  let isHeldBack = true;
  link.compareAndSet = async (key, expected, value, options) => {
    if (isHeldBack && key.startsWith('sessions/log/')) {
      throw storeFaults.STORE_UNAVAILABLE({ store: 'primary', reason: 'held back' });
    }
    return send<never>(key, expected, value, options);
  };
  return () => {
    isHeldBack = false;
  };
}

function conflictsOf({ told }: Instance): number {
  return told.filter(({ type }) => type === 'fallback.conflict').length;
}

describe('what an instance has acknowledged and not yet brought in', () => {
  it('stays its own: nothing is handed over before', async () => {
    const { clock, start, passing } = instancesOn(1);
    const [a, b] = [start('a'), start('b')];
    const key = await passing(a.manager.createSession(USER));
    await passing(b.manager.open());
    a.link.fates = REFUSED;
    await passing(a.manager.appendEvent(key, { event: { id: 'kept' } }));
    const release = holdBackLogs(a);
    a.link.fates = STEADY;
    await clock.advance(2000);
    for (let each = 0; each < 3; each++) {
      await expect(passing(b.manager.appendEvent(key, { event: {} }))).rejects.toThrow(
        SessionServiceUnavailableError,
      );
    }
    release();
    await clock.advance(2000);
    await passing(b.manager.appendEvent(key, { event: { id: 'later' } }));
    expect((await passing(b.manager.getSession(key))).events).toMatchObject([
      { id: 'kept' },
      { id: 'later' },
    ]);
    expect(conflictsOf(a)).toBe(0);
  });

  it('stays its own when it dies: nothing is taken before its next life has brought it in', async () => {
    const { clock, start, passing } = instancesOn(2);
    const [a, b] = [start('a'), start('b')];
    const key = await passing(a.manager.createSession(USER));
    await passing(b.manager.open());
    a.link.fates = REFUSED;
    await passing(a.manager.appendEvent(key, { event: { id: 'kept' } }));
    a.kill();
    const again = a.restart();
    const release = holdBackLogs(again);
    await passing(again.manager.open());
    await clock.advance(3000);
    await expect(passing(b.manager.appendEvent(key, { event: {} }))).rejects.toThrow(
      SessionServiceUnavailableError,
    );
    release();
    await clock.advance(3000);
    await passing(b.manager.appendEvent(key, { event: { id: 'later' } }));
    expect((await passing(b.manager.getSession(key))).events).toMatchObject([
      { id: 'kept' },
      { id: 'later' },
    ]);
    expect(conflictsOf(again)).toBe(0);
  });
});

describe('an instance that was given up', () => {
  it('brings nothing in among what others have written since: it is a conflict, and the session goes on', async () => {
    const { clock, start, passing } = instancesOn(3, { takeOverAfterMs: 30_000 });
    const [a, b] = [start('a'), start('b')];
    const key = await passing(a.manager.createSession(USER));
    await passing(b.manager.open());
    await clock.advance(5000);
    a.link.fates = REFUSED;
    for (const id of ['a1', 'a2', 'a3', 'a4']) await passing(a.manager.appendEvent(key, { event: { id } }));
    await clock.advance(60_000);
    await expect(passing(a.manager.appendEvent(key, { event: {} }))).rejects.toThrow(
      SessionServiceUnavailableError,
    );
    await passing(b.manager.appendEvent(key, { event: { id: 'b1' } }));
    a.link.fates = STEADY;
    await clock.advance(10_000);
    await passing(b.manager.appendEvent(key, { event: { id: 'b2' } }));
    expect(conflictsOf(a)).toBe(4);
    await passing(b.manager.close());
    for (const { manager } of [a, b.restart()]) {
      const { events } = await passing(manager.getSession(key));
      expect(events.map(({ id }) => id)).toEqual(['b1', 'b2']);
    }
  });

  it('shows what others have changed since, and not what it remembers', async () => {
    const { clock, start, passing } = instancesOn(4, { takeOverAfterMs: 30_000 });
    const [a, b] = [start('a'), start('b')];
    const key = await passing(a.manager.createSession(USER));
    await passing(b.manager.open());
    await clock.advance(5000);
    a.link.fates = REFUSED;
    await clock.advance(60_000);
    await passing(b.manager.appendEvent(key, { event: { id: 'theirs' } }));
    a.link.fates = STEADY;
    await clock.advance(10_000);
    expect((await passing(a.manager.getSession(key))).events).toMatchObject([{ id: 'theirs' }]);
  });

  it('is one that was silent while others listened: not one that nobody has heard yet', async () => {
    const { clock, start, passing } = instancesOn(5);
    const [a, b] = [start('a'), start('b')];
    const key = await passing(a.manager.createSession(USER));
    await clock.advance(400_000);
    a.link.fates = REFUSED;
    await passing(a.manager.appendEvent(key, { event: { id: 'kept' } }));
    await clock.advance(20_000);
    const early = passing(b.manager.appendEvent(key, { event: { id: 'early' } }));
    await expect(early).rejects.toThrow(sessionFaults.SESSION_HELD_ELSEWHERE);
  });

  it('is not one that was heard while this one heard nothing', async () => {
    const { clock, start, passing } = instancesOn(6, { takeOverAfterMs: 60_000 });
    const [a, b] = [start('a'), start('b')];
    const key = await passing(a.manager.createSession(USER));
    await passing(b.manager.open());
    a.link.fates = DOWN;
    await clock.advance(25_000);
    b.link.fates = DOWN;
    a.link.fates = STEADY;
    await clock.advance(50_000);
    a.link.fates = REFUSED;
    await passing(a.manager.appendEvent(key, { event: { id: 'kept' } }));
    await clock.advance(15_000);
    b.link.fates = STEADY;
    await clock.advance(3000);
    const early = passing(b.manager.appendEvent(key, { event: { id: 'early' } }));
    await expect(early).rejects.toThrow(SessionServiceUnavailableError);
  });
});

it('of two that begin at once under one name, one is refused', async () => {
  const { clock, start, passing } = instancesOn(7);
  const twins = [start('a'), start('a')];
  await passing(Promise.all(twins.map(({ manager }) => manager.open())));
  await clock.advance(1000);
  const answers = await Promise.allSettled(twins.map(({ manager }) => passing(manager.createSession(USER))));
  const refused = answers.filter((answer) => answer.status === 'rejected');
  expect(refused).toHaveLength(1);
  expect(sessionFaults.INSTANCE_NAME_TAKEN.matches(refused[0]?.reason)).toBe(true);
});

it('without its primary, an instance says of no session of others that it does not exist', async () => {
  const { start, passing } = instancesOn(8);
  const [a, b] = [start('a'), start('b')];
  const key = { ...USER, sessionId: 's' };
  await passing(Promise.all([a.manager.open(), b.manager.open()]));
  // In one moment: what was seen just before says no more than what was seen long ago.
  await expect(b.manager.getSession(key)).rejects.toThrow(SessionNotFoundError);
  await a.manager.createSession(key);
  b.link.fates = REFUSED;
  await expect(b.manager.getSession(key)).rejects.toThrow(SessionServiceUnavailableError);
  await expect(b.manager.deleteSession(key)).rejects.toThrow(SessionServiceUnavailableError);
});

it('a session that is deleted while another instance reads it is not read without what was cleared away', async () => {
  const { start, passing } = instancesOn(9, { changesPerBase: 2 });
  const [a, b] = [start('a'), start('b')];
  const key = await passing(a.manager.createSession(USER));
  for (const id of ['one', 'two', 'three']) await passing(a.manager.appendEvent(key, { event: { id } }));
  await passing(b.manager.open());
  const list = b.link.list.bind(b.link);
  b.link.list = async <Value>(prefix: string) => {
    if (prefix.startsWith('sessions/log/')) await a.manager.deleteSession(key);
    return list<Value>(prefix);
  };
  await expect(passing(b.manager.getSession(key))).rejects.toThrow(SessionNotFoundError);
});

it('nothing is promised in the place of a change that may have been made', async () => {
  const fallback = { acceptLoss: true, patienceMs: 200, probeEveryMs: 100, maxJournalBytes: 3000 };
  const { clock, start, passing } = instancesOn(11, { fallback });
  const a = start('a');
  const key = await passing(a.manager.createSession(USER));
  a.link.fates = { ...STEADY, lostAfter: 1 };
  const large = { id: 'large', text: 'x'.repeat(5000) };
  const lost = passing(a.manager.appendEvent(key, { event: large }));
  await expect(lost).rejects.toThrow(sessionFaults.SESSION_OUTCOME_UNKNOWN);
  a.link.fates = REFUSED;
  const next = passing(a.manager.appendEvent(key, { event: { id: 'small' } }));
  await expect(next).rejects.toThrow(SessionServiceUnavailableError);
  a.link.fates = STEADY;
  await clock.advance(5000);
  await passing(a.manager.appendEvent(key, { event: { id: 'later' } }));
  const { events } = await passing(a.manager.getSession(key));
  expect(events.map(({ id }) => id)).toEqual(['large', 'later']);
  expect(conflictsOf(a)).toBe(0);
});

it('what is journalled is brought in, though the head was written anew unheard before the primary went', async () => {
  const { clock, start, passing } = instancesOn(10, { changesPerBase: 1 });
  const [a, b] = [start('a'), start('b')];
  const key = await passing(a.manager.createSession(USER));
  const send = a.link.compareAndSet.bind(a.link);
  a.link.compareAndSet = async (name, expected, value, options) => {
    const result = await send<never>(name, expected, value, options);
    if (!name.startsWith('sessions/head/') || a.link.fates === REFUSED) return result;
    a.link.fates = REFUSED;
    throw storeFaults.OUTCOME_UNKNOWN({ store: 'primary', key: name, reason: 'the answer was lost' });
  };
  for (const id of ['one', 'two', 'three']) await passing(a.manager.appendEvent(key, { event: { id } }));
  a.link.compareAndSet = send;
  a.link.fates = STEADY;
  await clock.advance(5000);
  await passing(b.manager.appendEvent(key, { event: { id: 'four' } }));
  const { events } = await passing(b.manager.getSession(key));
  expect(events.map(({ id }) => id)).toEqual(['one', 'two', 'three', 'four']);
  expect(conflictsOf(a)).toBe(0);
});

it.each(Array.from({ length: 12 }, (_, n) => n))(
  'what seems expired is not replaced while its owner changes it (%i)',
  async (n) => {
    const { clock, start, passing } = instancesOn(`expiry ${n}`);
    const [a, b] = [start('a'), start('b')];
    const key = { ...USER, sessionId: 's' };
    await passing(a.manager.createSession({ ...key, ttlMs: 1000 }));
    await passing(b.manager.open());
    const now = clock.wallMs();
    const { createdWallMs } = await a.manager.getSession(key);
    await clock.advance(createdWallMs + 990 - now);
    for (const { link } of [a, b]) link.fates = { ...STEADY, slow: 1 };
    const appended = a.manager.appendEvent(key, { event: { id: 'kept' } });
    await clock.advance(10);
    const created = b.manager.createSession(key);
    const [append, create] = await passing(Promise.allSettled([appended, created]));
    expect([append.status, create.status]).not.toEqual(['fulfilled', 'fulfilled']);
  },
);
