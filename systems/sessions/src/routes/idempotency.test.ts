import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlakyStore, STEADY } from '@sustain/drills/stores';
import { SimulatedClock, seededRandom, systemClock } from '@sustain/kernel';
import { memoryStore } from '@sustain/stores/memory';
import { sqliteStore } from '@sustain/stores/sqlite';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sessionFaults } from '../faults.ts';
import { ALICE, type Answer, served } from '../served-sessions.fixture.ts';
import { idempotencyKeyOf, KnownKeys, MOST_KEYS } from './keys/index.ts';

const key = (text: string) => ({ 'idempotency-key': text });
const events = async ({ ask }: Awaited<ReturnType<typeof served>>, id = 's1') =>
  (await ask('GET', `${ALICE}/${id}`)).body['events'];
/** What an answer tells, but whether it was told before. */
const told = ({ status, headers, body }: Answer) => [
  status,
  headers.get('etag'),
  headers.get('location'),
  body,
];

describe('the same Idempotency-Key', () => {
  it('appends an event once, and answers the same each time', async () => {
    const service = await served();
    await service.ask('PUT', `${ALICE}/s1`);
    const send = () =>
      service.ask(
        'POST',
        `${ALICE}/s1/events`,
        { event: { text: 'hello' }, stateDelta: { n: 1 } },
        key('k1'),
      );
    const first = await send();
    expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
    await service.ask('POST', `${ALICE}/s1/events`, { event: { text: 'another' } });
    const second = await send();
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    const { updatedWallMs: _first, ...before } = first.body;
    const { updatedWallMs: _second, ...after } = second.body;
    expect([second.status, second.headers.get('etag'), after]).toEqual([
      201,
      first.headers.get('etag'),
      before,
    ]);
    expect(await events(service)).toMatchObject([{ text: 'hello' }, { text: 'another' }]);
  });

  it('changes a state once, also when the version that was expected is past', async () => {
    const { ask } = await served();
    const { headers } = await ask('PUT', `${ALICE}/s1`, { state: { n: 0 } });
    const conditional = { ...key('k1'), 'if-match': headers.get('etag') ?? '' };
    const send = () => ask('PATCH', `${ALICE}/s1/state`, { set: { n: 1 } }, conditional);
    const first = await send();
    await ask('PATCH', `${ALICE}/s1/state`, { set: { n: 2 } }, { 'if-match': '*' });
    const second = await send();
    expect([second.status, second.body['version']]).toEqual([200, first.body['version']]);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    expect((await ask('GET', `${ALICE}/s1`)).body['state']).toEqual({ n: 2 });
  });

  it('creates one session, with an id and without', async () => {
    const { ask } = await served();
    for (const body of [{ state: { a: 1 } }, { sessionId: 's1', state: { a: 1 } }]) {
      const first = await ask('POST', ALICE, body, key('k1'));
      const second = await ask('POST', ALICE, body, key('k1'));
      if (body.sessionId === undefined) expect(told(second)).toEqual(told(first));
      else expect([first.status, first.body['code']]).toEqual([422, 'SESSION_KEY_REUSED']);
    }
    const first = await ask('POST', ALICE, { sessionId: 's1' }, key('k2'));
    expect(told(await ask('POST', ALICE, { sessionId: 's1' }, key('k2')))).toEqual(told(first));
    expect((await ask('POST', ALICE, { sessionId: 's1' }, key('k3'))).status).toBe(409);
    expect((await ask('GET', ALICE)).body['sessions']).toHaveLength(2);
  });

  it('deletes once, and does not delete what is made after', async () => {
    const { ask } = await served();
    await ask('PUT', `${ALICE}/s1`);
    const end = (text: string) => ask('DELETE', `${ALICE}/s1`, undefined, key(text));
    expect((await end('k1')).status).toBe(204);
    const again = await end('k1');
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([204, 'true']);
    await ask('PUT', `${ALICE}/s1`);
    await ask('POST', `${ALICE}/s1/events`, { event: { text: 'of another session' } });
    const late = await end('k1');
    expect([late.status, late.headers.get('idempotency-replayed')]).toEqual([204, 'true']);
    expect((await ask('GET', `${ALICE}/s1`)).body['events']).toMatchObject([{ text: 'of another session' }]);
    expect((await end('k2')).status).toBe(204);
    expect((await end('k3')).status).toBe(404);
  });

  it('creates anew what was deleted since, and says so', async () => {
    const { ask } = await served();
    const create = () => ask('POST', ALICE, { sessionId: 's1' }, key('k1'));
    const first = await create();
    await ask('DELETE', `${ALICE}/s1`);
    const second = await create();
    expect([second.status, second.headers.get('idempotency-replayed')]).toEqual([201, null]);
    expect(second.body['version']).not.toBe(first.body['version']);
    expect((await create()).headers.get('idempotency-replayed')).toBe('true');
  });

  it('that is new is not refused for an event whose id was sent before with something else', async () => {
    const { ask } = await served();
    await ask('PUT', `${ALICE}/s1`);
    const send = (n: number, text: string) =>
      ask('POST', `${ALICE}/s1/events`, { event: { id: 'e1', n } }, key(text));
    await send(1, 'k1');
    const { status, headers, body } = await send(2, 'k2');
    expect([status, headers.get('idempotency-replayed'), body['event']]).toMatchObject([
      201,
      'true',
      { id: 'e1', n: 1 },
    ]);
  });

  it('is refused where it says nothing: PUT is repeatable without', async () => {
    const { ask } = await served();
    const refused = await ask('PUT', `${ALICE}/s1`, {}, key('k1'));
    expect(refused.body).toMatchObject({ status: 400, field: 'Idempotency-Key' });
    expect((await ask('GET', `${ALICE}/s1`)).status).toBe(404);
  });

  it('is another key in another session, of another caller, and for another kind of write', async () => {
    const tokens = [
      { name: 'a', token: 'a'.repeat(16) },
      { name: 'b', token: 'b'.repeat(16) },
    ];
    const { ask } = await served({ server: { tokens } });
    const as = (name: string) => ({ authorization: `Bearer ${name.repeat(16)}` });
    for (const id of ['s1', 's2']) await ask('PUT', `${ALICE}/${id}`, undefined, as('a'));
    const send = (id: string, name: string) =>
      ask('POST', `${ALICE}/${id}/events`, { event: {} }, { ...as(name), ...key('k1') });
    expect(
      [await send('s1', 'a'), await send('s2', 'a'), await send('s1', 'b')].map(({ status }) => status),
    ).toEqual([201, 201, 201]);
    const change = { ...as('a'), ...key('k1'), 'if-match': '*' };
    expect(
      (await ask('PATCH', `${ALICE}/s1/state`, { set: { a: 1 } }, change)).headers.get(
        'idempotency-replayed',
      ),
    ).toBeNull();
    expect((await ask('GET', `${ALICE}/s1`, undefined, as('a'))).body).toMatchObject({
      revision: 4,
      events: [{}, {}],
    });
  });

  it('with or without the quotes of a structured field is the same', async () => {
    const { ask } = await served();
    await ask('PUT', `${ALICE}/s1`);
    await ask('POST', `${ALICE}/s1/events`, { event: {} }, key('"k 1"'.replace(' ', '')));
    const again = await ask('POST', `${ALICE}/s1/events`, { event: {} }, key('k1'));
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('with another body is refused with 422, and changes nothing', async () => {
    const service = await served();
    const { ask } = service;
    await ask('PUT', `${ALICE}/s1`);
    await ask('POST', `${ALICE}/s1/events`, { event: { n: 1 } }, key('k1'));
    await ask('PATCH', `${ALICE}/s1/state`, { set: { n: 1 } }, { ...key('k2'), 'if-match': '*' });
    await ask('POST', ALICE, { state: { n: 1 } }, key('k3'));
    const reused = [
      await ask('POST', `${ALICE}/s1/events`, { event: { n: 2 } }, key('k1')),
      await ask('POST', `${ALICE}/s1/events`, { event: { n: 1 }, stateDelta: { n: 2 } }, key('k1')),
      await ask('PATCH', `${ALICE}/s1/state`, { set: { n: 2 } }, { ...key('k2'), 'if-match': '*' }),
      await ask('POST', ALICE, { state: { n: 2 } }, key('k3')),
    ];
    expect(reused.map(({ status, body }) => [status, body['code']])).toEqual(
      new Array(4).fill([422, 'SESSION_KEY_REUSED']),
    );
    expect((await ask('GET', `${ALICE}/s1`)).body).toMatchObject({ revision: 3, state: { n: 1 } });
  });

  it('may come again with something else after it was refused', async () => {
    const { ask } = await served();
    await ask('PUT', `${ALICE}/s1`);
    expect((await ask('POST', `${ALICE}/s1/events`, { event: { id: 'a/b' } }, key('k1'))).status).toBe(400);
    expect((await ask('POST', `${ALICE}/s1/events`, { event: { id: 'a-b' } }, key('k1'))).status).toBe(201);
  });

  it('that is under way is refused with 409, and answered when it is done', async () => {
    const clock = new SimulatedClock();
    const link = new FlakyStore(memoryStore(), clock, seededRandom(3));
    const { ask, manager } = await served({ primary: link });
    await manager.createSession({ appName: 'studio', userId: 'alice', sessionId: 's1' });
    const send = () => ask('POST', `${ALICE}/s1/events`, { event: {} }, key('k1'));
    link.fates = { ...STEADY, slow: 1 };
    // Whichever comes first waits for the store, whose time stands still.
    const both = [send(), send()];
    const refused = await Promise.race(both);
    expect(refused.body).toMatchObject({ status: 409, code: 'SESSION_REQUEST_UNDER_WAY', retryable: true });
    expect(refused.headers.get('retry-after')).toBe('1');
    link.fates = STEADY;
    await clock.advance(100);
    expect((await Promise.all(both)).map(({ status }) => status).toSorted()).toEqual([201, 409]);
    const again = await send();
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
  });

  it('that was answered with 503, as the answer of the store was lost, is not done twice', async () => {
    const link = new FlakyStore(memoryStore(), systemClock, seededRandom(1));
    const service = await served({ primary: link, manager: { retry: { maxAttempts: 1 } } });
    await service.ask('PUT', `${ALICE}/s1`);
    const send = () => service.ask('POST', `${ALICE}/s1/events`, { event: {} }, key('k1'));
    link.fates = { ...STEADY, lostAfter: 1 };
    expect((await send()).body).toMatchObject({ status: 503, code: 'SESSION_OUTCOME_UNKNOWN' });
    link.fates = STEADY;
    expect((await send()).status).toBe(201);
    expect(await events(service)).toHaveLength(1);
  });

  it('holds after a restart, of which an event with another body is told, too', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sustain-keys-'));
    const primary = sqliteStore({ path: join(folder, 'sessions.db') });
    onTestFinished(async () => {
      await primary.close();
      rmSync(folder, { recursive: true });
    });
    const before = await served({ primary });
    await before.ask('PUT', `${ALICE}/s1`);
    const writes = (ask: typeof before.ask) => [
      () => ask('POST', ALICE, { state: { a: 1 } }, key('k1')),
      () => ask('POST', `${ALICE}/s1/events`, { event: { zero: -0 }, stateDelta: { b: 1 } }, key('k2')),
      () => ask('PATCH', `${ALICE}/s1/state`, { set: { c: 1 } }, { ...key('k3'), 'if-match': '*' }),
    ];
    const first: Answer[] = [];
    for (const write of writes(before.ask)) first.push(await write());
    await before.stop();
    const after = await served({ primary });
    for (const [i, write] of writes(after.ask).entries()) {
      const again = await write();
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect([again.status, again.headers.get('etag')]).toEqual([
        first[i]?.status,
        first[i]?.headers.get('etag'),
      ]);
    }
    expect((await after.ask('GET', ALICE)).body['sessions']).toHaveLength(2);
    expect((await after.ask('GET', `${ALICE}/s1`)).body['revision']).toBe(3);
    const other = await (await served({ primary })).ask(
      'POST',
      `${ALICE}/s1/events`,
      { event: { n: 2 } },
      key('k2'),
    );
    expect(other.body).toMatchObject({ status: 422, code: 'SESSION_KEY_REUSED' });
  });

  it('holds at another instance, which the session is handed to', async () => {
    const primary = memoryStore();
    const [a, b] = await Promise.all(
      ['a', 'b'].map((instance) => served({ primary, manager: { instance, shared: true } })),
    );
    if (a === undefined || b === undefined) throw new Error('there are two');
    await a.ask('PUT', `${ALICE}/s1`);
    const append = (ask: typeof a.ask) => ask('POST', `${ALICE}/s1/events`, { event: { n: 1 } }, key('k1'));
    const create = (ask: typeof a.ask) => ask('POST', ALICE, { state: { n: 1 } }, key('k2'));
    expect([(await append(a.ask)).status, (await create(a.ask)).status]).toEqual([201, 201]);
    for (const again of [await append(b.ask), await create(b.ask)])
      expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
    expect((await a.ask('GET', `${ALICE}/s1`)).body).toMatchObject({ revision: 2, events: [{ n: 1 }] });
    expect((await b.ask('GET', ALICE)).body['sessions']).toHaveLength(2);
  });

  it.each(['', '""', 'a b', 'a, b', '"a"b" c', 'ä', 'x'.repeat(256)])('is none: %s', (text) => {
    expect(() => idempotencyKeyOf('appendEvent', text)).toThrow(sessionFaults.SESSION_REQUEST_INVALID);
  });

  it('is any of 1 to 255 visible characters', () => {
    for (const text of ['a', '~', '8e03978e-40d5-43dd-bc93-6894a57f9324', '{"a":[1]}', 'x'.repeat(255)])
      expect(idempotencyKeyOf('appendEvent', text)).toBe(text);
  });
});

describe('the same creationId', () => {
  it('leads to one session, as it is by then, and says that it was there', async () => {
    const { ask } = await served();
    for (const sessionId of [undefined, 's1']) {
      const body = { sessionId, creationId: `of ${sessionId}`.replace(' ', '-'), state: { a: 1 } };
      const first = await ask('POST', ALICE, body);
      expect([first.status, first.headers.get('idempotency-replayed')]).toEqual([201, null]);
      const path = `${ALICE}/${first.body['sessionId']}`;
      for (const timestamp of [1, 2, 3]) await ask('POST', `${path}/events`, { event: { timestamp } });
      const again = async (query: string) => {
        const { status, headers, body: made } = await ask('POST', ALICE + query, body);
        expect([status, headers.get('idempotency-replayed')]).toEqual([201, 'true']);
        expect([headers.get('location'), made['revision']]).toEqual([path, 4]);
        expect(made).not.toHaveProperty('isRepeated');
        return (made['events'] as { readonly timestamp: number }[]).map(({ timestamp }) => timestamp);
      };
      expect(await again('')).toEqual([1, 2, 3]);
      expect(await again('?numRecentEvents=0')).toEqual([]);
      expect(await again('?numRecentEvents=9')).toEqual([1, 2, 3]);
      expect(await again('?numRecentEvents=2&afterTimestamp=1.5')).toEqual([2, 3]);
      expect(await again('?numRecentEvents=1&afterTimestamp=1')).toEqual([3]);
    }
    expect((await ask('GET', ALICE)).body['sessions']).toHaveLength(2);
  });

  it('does not lead to a session that another creation, or none, has made under its name', async () => {
    const { ask } = await served();
    await ask('PUT', `${ALICE}/c1`, { state: { of: 'nobody' } });
    await ask('POST', ALICE, { sessionId: 'c2', creationId: 'other' });
    for (const body of [
      { creationId: 'c1' },
      { creationId: 'c2' },
      { sessionId: 'c2', creationId: 'c1' },
      { sessionId: 'c2' },
    ]) {
      const refused = await ask('POST', ALICE, body, key(`with-${JSON.stringify(body)}`));
      expect([refused.status, refused.body['code']]).toEqual([409, 'SESSION_ALREADY_EXISTS']);
    }
    expect((await ask('GET', ALICE)).body['sessions']).toHaveLength(2);
  });
});

describe('the keys that an instance knows', () => {
  const scoped = (id: string, fingerprint = 'f') => ({ id, fingerprint });
  const done = async () => 'done';

  it('are forgotten after a day, and the oldest when there are too many', async () => {
    const clock = new SimulatedClock();
    const keys = new KnownKeys(clock);
    await keys.run('test', scoped('old'), done);
    await clock.advance(86_399_999);
    await expect(keys.run('test', scoped('old', 'other'), done)).rejects.toThrow(
      sessionFaults.SESSION_KEY_REUSED,
    );
    await clock.advance(1);
    await keys.run('test', scoped('old', 'other'), done);
    for (let n = 0; n < MOST_KEYS + 10; n++) await keys.run('test', scoped(`k${n}`), done);
    expect(keys.size).toBe(MOST_KEYS);
    await expect(keys.run('test', scoped(`k${MOST_KEYS}`, 'other'), done)).rejects.toThrow();
    await keys.run('test', scoped('old', 'third'), done);
  });

  it('never let the work of a key run beside itself, nor be called done before it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(2), fc.constantFrom('done', 'refused', 'lost'), fc.nat(3)), {
          maxLength: 30,
        }),
        async (calls) => {
          const keys = new KnownKeys(new SimulatedClock());
          const running = new Set<number>();
          const finished = new Set<number>();
          await Promise.allSettled(
            calls.map(async ([name, fate, turns]) => {
              for (let i = 0; i < turns; i++) await Promise.resolve();
              await keys.run('test', scoped(`${name}`), async (wasDone) => {
                expect(running.has(name)).toBe(false);
                expect(wasDone).toBe(finished.has(name));
                running.add(name);
                await new Promise(setImmediate);
                running.delete(name);
                const about = { operation: 'test', reason: fate };
                if (fate === 'refused') throw sessionFaults.SESSION_NOT_FOUND(about);
                if (fate === 'lost') throw sessionFaults.SESSION_OUTCOME_UNKNOWN(about);
                finished.add(name);
              });
            }),
          ).then((results) => {
            for (const result of results)
              if (result.status === 'rejected')
                expect(sessionFaults.SESSION_ERROR.matches(result.reason)).toBe(true);
          });
        },
      ),
      { numRuns: 50 },
    );
  });
});
