import { DOWN, FlakyStore } from '@sustain/drills/stores';
import { SimulatedClock, seededRandom, systemClock } from '@sustain/kernel';
import { memoryStore } from '@sustain/stores/memory';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { sessionFaults } from '../faults.ts';
import { ALICE, served } from '../served-sessions.fixture.ts';
import type { SessionSummary } from '../session/index.ts';

type Content = Readonly<Record<string, { readonly schema: object }>>;
type Described = {
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
  readonly requestBody?: { readonly content: Content };
};
type Paths = Readonly<Record<string, Readonly<Record<string, Described>>>>;

describe('sessions over HTTP', () => {
  it('are created where Location says, with the ETag by which they can be changed', async () => {
    const { ask } = await served();
    const created = await ask('POST', ALICE, { sessionId: 's1', state: { mood: 'calm' }, ttlMs: 60_000 });
    expect([created.status, created.headers.get('location')]).toEqual([201, `${ALICE}/s1`]);
    expect(created.body).toMatchObject({
      appName: 'studio',
      userId: 'alice',
      sessionId: 's1',
      state: { mood: 'calm' },
      events: [],
      revision: 1,
      version: created.headers.get('etag')?.replaceAll('"', ''),
      expiresWallMs: (created.body['createdWallMs'] as number) + 60_000,
    });
    const read = await ask('GET', `${ALICE}/s1`);
    expect([read.status, read.headers.get('etag')]).toEqual([200, created.headers.get('etag')]);
    expect(read.body).toEqual(created.body);
    const again = await ask('POST', ALICE, { sessionId: 's1' });
    expect([again.status, again.body['code']]).toEqual([409, 'SESSION_ALREADY_EXISTS']);
    expect((await ask('POST', ALICE)).headers.get('location')).toMatch(
      /^\/sessions\/studio\/alice\/[0-9a-f]{32}$/,
    );
  });

  it('live for ever when they are created so', async () => {
    const { ask } = await served();
    expect((await ask('POST', ALICE, { ttlMs: null })).body).not.toHaveProperty('expiresWallMs');
    expect((await ask('POST', ALICE, {})).body).toHaveProperty('expiresWallMs');
  });

  it('are the one that is there, or a new one, with PUT, however often', async () => {
    const { ask } = await served();
    const first = await ask('PUT', `${ALICE}/s1`, { state: { a: 1 } });
    expect([first.status, first.headers.get('location')]).toEqual([201, `${ALICE}/s1`]);
    await ask('POST', `${ALICE}/s1/events`, { event: { text: 'x' } });
    const second = await ask('PUT', `${ALICE}/s1?numRecentEvents=0`, { state: { a: 2 } });
    expect([second.status, second.headers.get('location')]).toEqual([200, null]);
    expect(second.body).toMatchObject({ state: { a: 1 }, events: [], revision: 2 });
  });

  it('are changed only by who says which version: 428 without, 412 with another, and then nothing is changed', async () => {
    const { ask } = await served();
    const { headers, body } = await ask('POST', ALICE, { sessionId: 's1', state: { a: 1, b: 2 } });
    const etag = headers.get('etag') ?? '';
    const blind = await ask('PATCH', `${ALICE}/s1/state`, { set: { a: 3 } });
    expect([blind.status, blind.body['code']]).toEqual([428, 'SESSION_PRECONDITION_REQUIRED']);
    const change = { set: { a: 3 }, remove: ['b'] };
    const changed = await ask('PATCH', `${ALICE}/s1/state`, change, { 'if-match': etag });
    expect([changed.status, changed.body['revision']]).toEqual([200, 2]);
    const late = await ask('PATCH', `${ALICE}/s1/state`, { set: { a: 4 } }, { 'if-match': etag });
    expect([late.status, late.headers.get('etag')]).toEqual([412, changed.headers.get('etag')]);
    expect(late.body).toMatchObject({
      code: 'SESSION_CONCURRENT_ACCESS',
      sessionId: 's1',
      expectedVersion: body['version'],
      actualVersion: changed.body['version'],
    });
    const any = await ask('PATCH', `${ALICE}/s1/state`, { set: { c: 1 } }, { 'if-match': '*' });
    expect(any.status).toBe(200);
    expect((await ask('GET', `${ALICE}/s1`)).body['state']).toEqual({ a: 3, c: 1 });
  });

  it('take events, with what they change in the state, and only at the version that was expected', async () => {
    const { ask } = await served();
    const { headers } = await ask('POST', ALICE, { sessionId: 's1' });
    const event = { id: 'e1', timestamp: 5, author: 'user', deep: { text: 'hello' } };
    const appended = await ask('POST', `${ALICE}/s1/events`, { event, stateDelta: { heard: 1 } });
    expect([appended.status, appended.body['event'], appended.body['revision']]).toEqual([201, event, 2]);
    const stale = { 'if-match': headers.get('etag') ?? '' };
    expect((await ask('POST', `${ALICE}/s1/events`, { event: {} }, stale)).status).toBe(412);
    const fresh = { 'if-match': appended.headers.get('etag') ?? '' };
    expect((await ask('POST', `${ALICE}/s1/events`, { event: { timestamp: 9 } }, fresh)).status).toBe(201);
    const read = (query: string) => ask('GET', `${ALICE}/s1?${query}`);
    expect((await read('numRecentEvents=0')).body['events']).toEqual([]);
    expect((await read('numRecentEvents=1')).body['events']).toMatchObject([{ timestamp: 9 }]);
    expect((await read('afterTimestamp=6')).body['events']).toMatchObject([{ timestamp: 9 }]);
    expect((await read('')).body).toMatchObject({ events: [event, { timestamp: 9 }], state: { heard: 1 } });
  });

  it('say 304 to who has what there is, also of the state that they share with others', async () => {
    const { ask } = await served();
    await ask('POST', ALICE, { sessionId: 's1' });
    await ask('POST', ALICE, { sessionId: 's2' });
    const known = async (etag: string) =>
      (await ask('GET', `${ALICE}/s1`, undefined, { 'if-none-match': etag })).status;
    const before = (await ask('GET', `${ALICE}/s1`)).headers.get('etag') ?? '';
    expect(await known(before)).toBe(304);
    expect(await known(`"x", W/${before}`)).toBe(304);
    await ask('PATCH', `${ALICE}/s2/state`, { set: { 'user:name': 'Alice' } }, { 'if-match': '*' });
    expect(await known(before)).toBe(200);
    const after = (await ask('GET', `${ALICE}/s1`)).headers.get('etag') ?? '';
    expect(await known(after)).toBe(304);
    const changed = await ask('PATCH', `${ALICE}/s1/state`, { set: { a: 1 } }, { 'if-match': after });
    expect(changed.status).toBe(200);
    expect(await known(after)).toBe(200);
  });

  it('end with DELETE, once, and at the expected version only', async () => {
    const { ask } = await served();
    const { headers } = await ask('POST', ALICE, { sessionId: 's1' });
    await ask('POST', `${ALICE}/s1/events`, { event: {} });
    const etag = { 'if-match': headers.get('etag') ?? '' };
    expect((await ask('DELETE', `${ALICE}/s1`, undefined, etag)).status).toBe(412);
    expect((await ask('DELETE', `${ALICE}/s1`)).status).toBe(204);
    const gone = await ask('DELETE', `${ALICE}/s1`);
    expect([gone.status, gone.body['code'], gone.body['sessionId']]).toEqual([
      404,
      'SESSION_NOT_FOUND',
      's1',
    ]);
    expect((await ask('GET', `${ALICE}/s1`)).status).toBe(404);
    expect((await ask('POST', `${ALICE}/s1/events`, { event: {} })).status).toBe(404);
  });

  it('are listed by pages that lead to the next, of a user and of an application', async () => {
    const { ask } = await served();
    for (const user of ['alice', 'bob'])
      for (let n = 0; n < 5; n++) await ask('PUT', `/sessions/studio/${user}/s${n}`, { state: { n } });
    await ask('PUT', '/sessions/other/alice/s9');
    const found: string[] = [];
    let path: string | undefined = '/sessions/studio?limit=4';
    let pages = 0;
    for (; path !== undefined; pages++) {
      const { status, body, headers } = await ask('GET', path);
      expect([status, body['complete'], body['corrupted']]).toEqual([200, true, []]);
      for (const session of body['sessions'] as SessionSummary[]) {
        expect(Object.keys(session).sort()).toEqual([
          'appName',
          'createdWallMs',
          'expiresWallMs',
          'sessionId',
          'userId',
        ]);
        found.push(`${session.userId}/${session.sessionId}`);
      }
      path = /^<(.*)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1];
      expect(path === undefined).toBe(body['next'] === undefined);
    }
    expect(pages).toBe(3);
    expect(found).toEqual(['alice', 'bob'].flatMap((user) => [0, 1, 2, 3, 4].map((n) => `${user}/s${n}`)));
    expect((await ask('GET', ALICE)).body['sessions']).toHaveLength(5);
  });

  it('have names in any script, and whatever an id may have, in their paths', async () => {
    const { ask } = await served();
    const path = `/sessions/${encodeURIComponent('öffentlich')}/${encodeURIComponent('a.b+c@d:e=f~')}`;
    const { headers } = await ask('POST', path, { sessionId: '会话-1' });
    expect((await ask('GET', headers.get('location') ?? '')).body).toMatchObject({
      appName: 'öffentlich',
      userId: 'a.b+c@d:e=f~',
      sessionId: '会话-1',
    });
  });

  it('say how they are, what there is, and where their health is', async () => {
    const { ask } = await served();
    const { status, body } = await ask('GET', '/sessions');
    expect([status, body]).toEqual([
      200,
      {
        name: 'sessions',
        status: 'healthy',
        mode: 'normal',
        links: expect.objectContaining({ health: '/health/sessions', openapi: '/api/openapi.json' }),
      },
    ]);
    expect((await ask('GET', '/api/sessions/health')).body).toMatchObject({
      status: 'healthy',
      mode: 'normal',
    });
    const check = await ask('POST', '/api/sessions/health-check');
    expect(check.body).toMatchObject({ healthy: true, steps: expect.arrayContaining([expect.anything()]) });
    expect((await ask('POST', '/api/sessions/cleanup', { maxSessions: 5 })).body).toMatchObject({
      deleted: 0,
    });
  });

  it('that expire are gone', async () => {
    const clock = new SimulatedClock();
    const { ask } = await served({ manager: { clock } });
    await ask('POST', ALICE, { sessionId: 's1', ttlMs: 1000 });
    expect((await ask('GET', `${ALICE}/s1`)).status).toBe(200);
    await clock.advance(1000);
    expect((await ask('GET', `${ALICE}/s1`)).status).toBe(404);
    expect((await ask('POST', ALICE, { sessionId: 's1' })).status).toBe(201);
  });

  it('that cannot be reached are said to be so, with 503 and Retry-After, and never not to exist', async () => {
    const link = new FlakyStore(memoryStore(), systemClock, seededRandom(1));
    const { ask } = await served({ primary: link, manager: { retry: { maxAttempts: 1 } } });
    await ask('POST', ALICE, { sessionId: 's1' });
    link.fates = { ...DOWN, refused: 1, lostBefore: 0, late: 0, hangs: 0 };
    for (const [method, path, body] of [
      ['GET', `${ALICE}/other`, undefined],
      ['POST', `${ALICE}/s1/events`, { event: {} }],
      ['POST', ALICE, {}],
      ['DELETE', `${ALICE}/s1`, undefined],
    ] as const) {
      const refused = await ask(method, path, body);
      expect([path, refused.status, refused.headers.get('retry-after')]).toEqual([path, 503, '1']);
      expect(refused.body).toMatchObject({ code: 'SESSION_SERVICE_UNAVAILABLE', retryable: true });
      expect(refused.body['detail']).toBe(sessionFaults.SESSION_SERVICE_UNAVAILABLE.declaration.userMessage);
    }
    link.fates = { ...link.fates, refused: 0, lostAfter: 1 };
    const lost = await ask('POST', `${ALICE}/s1/events`, { event: {} });
    expect([lost.status, lost.body['code'], lost.body['retryable']]).toEqual([
      503,
      'SESSION_OUTCOME_UNKNOWN',
      true,
    ]);
  });

  it('take a state of a mebibyte where the manager is told to, and the body’s limit is theirs', async () => {
    const state = { text: 'x'.repeat(1_048_000) };
    const roomy = await served({ manager: { maxStateBytes: 2 ** 20 } });
    expect((await roomy.ask('POST', ALICE, { sessionId: 's1', state })).status).toBe(201);
    expect((await roomy.ask('GET', `${ALICE}/s1`)).body['state']).toEqual(state);
    const narrow = await served({ routes: { bodyLimitBytes: 1000 } });
    const { status, body } = await narrow.ask('POST', ALICE, { state });
    expect([status, body['code'], body['detail']]).toEqual([
      413,
      'BODY_TOO_LARGE',
      expect.stringContaining('1000 bytes'),
    ]);
  });
});

describe('the description of the API', () => {
  it('has every route, and what it says of answers and requests is so', async () => {
    const { ask } = await served({
      routes: { tokenSecrets: ['s'.repeat(32)] },
      server: { tokens: ['t'.repeat(16)] },
    });
    const server = { authorization: `Bearer ${'t'.repeat(16)}` };
    const { body: api } = await ask('GET', '/api/openapi.json', undefined, server);
    const routes = Object.entries(api['paths'] as Paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.filter((route) => route.includes('/sessions')).sort()).toEqual([
      'DELETE /sessions/{app}/{user}/{id}',
      'GET /api/sessions/health',
      'GET /sessions',
      'GET /sessions/{app}',
      'GET /sessions/{app}/{user}',
      'GET /sessions/{app}/{user}/{id}',
      'PATCH /sessions/{app}/{user}/{id}/state',
      'POST /api/sessions/cleanup',
      'POST /api/sessions/health-check',
      'POST /api/sessions/tokens',
      'POST /sessions/{app}/{user}',
      'POST /sessions/{app}/{user}/{id}/events',
      'PUT /sessions/{app}/{user}/{id}',
    ]);
    const ajv = new Ajv2020({ strict: false, formats: { 'date-time': true } });
    const path = '/sessions/{app}/{user}';
    const steps: [string, string, string, unknown?, Record<string, string>?][] = [
      ['POST', path, ALICE, { sessionId: 's1', state: { a: 1 } }],
      ['GET', path, ALICE],
      ['GET', '/sessions', '/sessions'],
      ['PUT', `${path}/{id}`, `${ALICE}/s1`, {}],
      ['GET', `${path}/{id}`, `${ALICE}/s1`],
      ['PATCH', `${path}/{id}/state`, `${ALICE}/s1/state`, { set: { b: 1 } }, { 'if-match': '*' }],
      ['POST', `${path}/{id}/events`, `${ALICE}/s1/events`, { event: { text: 'x' } }],
      ['POST', '/api/sessions/tokens', '/api/sessions/tokens', { appName: 'studio', access: 'read' }],
      ['DELETE', `${path}/{id}`, `${ALICE}/s1`],
    ];
    for (const [method, template, at, sent, headers] of steps) {
      const described = (api['paths'] as Paths)[template]?.[method.toLowerCase()];
      const answer = await ask(method, at, sent, { ...server, ...headers });
      const told = described?.responses[answer.status];
      expect([method, at, told]).toEqual([method, at, expect.anything()]);
      const schema = told?.content?.['application/json']?.schema;
      if (schema !== undefined) expect(ajv.validate(schema, answer.body), ajv.errorsText()).toBe(true);
      const asked = described?.requestBody?.content?.['application/json']?.schema;
      if (sent !== undefined) expect(ajv.validate(asked ?? false, sent), ajv.errorsText()).toBe(true);
    }
  });
});
