import { describe, expect, it } from 'vitest';
import { SessionServiceUnavailableError, sessionFaults } from '../faults.ts';
import { instancesOn, STEADY } from './instances.fixture.ts';

const USER = { appName: 'app', userId: 'user' };
const CREATION = { ...USER, creationId: 'turn-1' };

describe('a creation that is asked for again', () => {
  it('leads to the session that it has led to, as it is by then, whichever instance hears of it', async () => {
    const { start, passing } = instancesOn(1);
    const [a, b] = [start('a'), start('b')];
    const made = await passing(a.manager.createSession({ ...CREATION, state: { n: 1 } }));
    expect(made).toMatchObject({ sessionId: 'turn-1', state: { n: 1 } });
    await passing(a.manager.appendEvent(made, { event: { id: 'e1' } }));
    const again = await passing(b.manager.createSession({ ...CREATION, state: { n: 2 } }));
    expect(again).toMatchObject({ sessionId: 'turn-1', state: { n: 1 }, events: [{ id: 'e1' }] });
    const { isNew } = await passing(b.manager.getOrCreateSession(CREATION));
    expect(isNew).toBe(false);
  });

  it('so too where the session has an id of its own; another creation of that id is refused', async () => {
    const { start, passing } = instancesOn(2);
    const [a, b] = [start('a'), start('b')];
    const made = await passing(a.manager.createSession({ ...CREATION, sessionId: 's' }));
    const again = await passing(b.manager.createSession({ ...CREATION, sessionId: 's' }));
    expect(again).toEqual({ ...made, isRepeated: true });
    for (const other of [
      { ...USER, sessionId: 's' },
      { ...CREATION, sessionId: 's', creationId: 'turn-2' },
    ]) {
      const refused = await passing(b.manager.createSession(other)).catch((error: unknown) => error);
      expect(sessionFaults.SESSION_ALREADY_EXISTS.matches(refused)).toBe(true);
    }
  });

  it('shares what it was to share once: what others have shared since stays', async () => {
    const { clock, start, passing } = instancesOn(3);
    const [a, b] = [start('a'), start('b')];
    const made = await passing(a.manager.createSession({ ...CREATION, state: { 'user:name': 'Ada' } }));
    await passing(a.manager.updateSessionState(made, { set: { 'user:name': 'Grace' } }));
    await clock.advance(2000);
    const again = await passing(b.manager.createSession({ ...CREATION, state: { 'user:name': 'Ada' } }));
    expect(again.state).toEqual({ 'user:name': 'Grace' });
  });

  it('shares what it was to share beside other creations of that id: of another user, or made anew', async () => {
    const { start, passing } = instancesOn(7);
    const a = start('a');
    const create = (userId: string, name: string) =>
      passing(a.manager.createSession({ ...CREATION, userId, state: { [name]: userId } }));
    await create('ada', 'app:one');
    const made = await create('ben', 'app:two');
    expect(made.state).toEqual({ 'app:one': 'ada', 'app:two': 'ben' });
    await passing(a.manager.appendEvent(made, { event: { id: 'created' }, stateDelta: { 'app:three': 3 } }));
    await passing(a.manager.deleteSession(made));
    const anew = await create('ben', 'user:four');
    expect(anew.state).toEqual({ 'app:one': 'ada', 'app:two': 'ben', 'app:three': 3, 'user:four': 'ben' });
  });

  it('changes nothing that is shared when it is refused', async () => {
    const { start, passing } = instancesOn(8);
    const a = start('a');
    await passing(a.manager.createSession({ ...USER, sessionId: 's' }));
    const refused = passing(a.manager.createSession({ ...USER, sessionId: 's', state: { 'app:x': 1 } }));
    await expect(refused).rejects.toThrow(sessionFaults.SESSION_ALREADY_EXISTS);
    expect((await passing(a.manager.getSession({ ...USER, sessionId: 's' }))).state).toEqual({});
  });

  it('is found where it was made before the primary went away', async () => {
    const { clock, start, passing } = instancesOn(9);
    const a = start('a');
    const made = await passing(a.manager.createSession(CREATION));
    a.link.fates = { ...STEADY, refused: 1 };
    await clock.advance(1000);
    expect(await passing(a.manager.createSession(CREATION))).toEqual({ ...made, isRepeated: true });
  });

  it('is made under a new id while the primary is away, and found by whoever asks there again', async () => {
    const { clock, start, passing } = instancesOn(4);
    const [a, b] = [start('a'), start('b')];
    await passing(a.manager.createSession(USER));
    await passing(b.manager.createSession(USER));
    for (const { link } of [a, b]) link.fates = { ...STEADY, refused: 1 };
    await passing(a.manager.createSession(USER)); // it has noticed
    const [made, beside] = await passing(
      Promise.all([a.manager.createSession(CREATION), a.manager.createSession(CREATION)]),
    );
    expect(made.sessionId).not.toBe('turn-1');
    expect(beside).toEqual({ ...made, isRepeated: true });
    await passing(a.manager.appendEvent(made, { event: { id: 'e1' } }));
    const { session, isNew } = await passing(a.manager.getOrCreateSession(CREATION));
    expect([session.sessionId, session.events.length, isNew]).toEqual([made.sessionId, 1, false]);
    const given = passing(a.manager.createSession({ ...CREATION, sessionId: 'given' }));
    await expect(given).rejects.toThrow(SessionServiceUnavailableError); // another instance may have it
    for (const { link } of [a, b]) link.fates = STEADY;
    await clock.advance(5000);
    expect(await a.manager.getHealthStatus()).toMatchObject({ mode: 'normal' });
    expect((await passing(a.manager.createSession(CREATION))).sessionId).toBe(made.sessionId);
    expect((await passing(b.manager.getSession(made))).events).toMatchObject([{ id: 'e1' }]);
  });

  it('is made again when the session that it had led to was deleted', async () => {
    const { start, passing } = instancesOn(5);
    const a = start('a');
    const made = await passing(a.manager.createSession(CREATION));
    await passing(a.manager.deleteSession(made));
    const { session, isNew } = await passing(a.manager.getOrCreateSession(CREATION));
    expect([session.sessionId, isNew, session.version === made.version]).toEqual(['turn-1', true, false]);
  });

  it('is refused under what is no id', async () => {
    const a = instancesOn(6).start('a');
    const refused = await a.manager.createSession({ ...USER, creationId: 'a/b' }).catch((error) => error);
    expect(sessionFaults.SESSION_REQUEST_INVALID.matches(refused)).toBe(true);
    expect(refused.context).toMatchObject({ field: 'creationId' });
  });
});
