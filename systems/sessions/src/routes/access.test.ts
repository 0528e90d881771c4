import { SimulatedClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import type { IssueTokenBody } from '../client/index.ts';
import { ALICE, asking, type ServedOptions, served } from '../served-sessions.fixture.ts';
import { issueSessionToken } from './index.ts';

const SECRET = 'a secret of thirty-two bytes, or more';
const SERVER = 'a-token-of-the-server';

async function guarded(options: ServedOptions = {}) {
  const clock = new SimulatedClock();
  const service = await served({
    ...options,
    server: { tokens: [{ name: 'ops', token: SERVER }], ...options.server },
    routes: { tokenSecrets: [SECRET], clock, ...options.routes },
  });
  const told: unknown[] = [];
  service.signals.onAny((signal) => told.push(signal));
  const withToken = (token: string) => asking(service.url, { authorization: `Bearer ${token}` });
  const ops = withToken(SERVER);
  for (const user of ['alice', 'bob'])
    if (options.server?.tokens === undefined) await ops('PUT', `/sessions/studio/${user}/s1`);
  const as = async (grant: IssueTokenBody) =>
    withToken((await issueSessionToken({ secrets: [SECRET], clock }, grant)).token);
  return { ...service, clock, told, withToken, ops, as };
}

const WRITES: readonly (readonly [method: string, path: string, body: unknown])[] = [
  ['PUT', '/s2', {}],
  ['POST', '', {}],
  ['PATCH', '/s1/state', { set: { a: 1 } }],
  ['POST', '/s1/events', { event: {} }],
  ['DELETE', '/s1', undefined],
];

describe('a token of a user’s sessions', () => {
  it('is good for those, and for no other user or application', async () => {
    const { as, ops } = await guarded();
    const alice = await as({ appName: 'studio', userId: 'alice', access: 'write' });
    expect((await alice('GET', `${ALICE}/s1`)).status).toBe(200);
    expect((await alice('GET', ALICE)).status).toBe(200);
    expect((await alice('GET', '/sessions')).status).toBe(200);
    for (const user of ['/sessions/studio/bob', '/sessions/other/alice']) {
      expect((await alice('GET', `${user}/s1`)).body).toMatchObject({
        status: 403,
        code: 'SESSION_ACCESS_DENIED',
      });
      expect((await alice('GET', user)).status).toBe(403);
      for (const [method, path, body] of WRITES)
        expect([method, (await alice(method, user + path, body, { 'if-match': '*' })).status]).toEqual([
          method,
          403,
        ]);
    }
    expect((await alice('GET', '/sessions/studio')).status).toBe(403);
    expect((await ops('GET', '/sessions/studio/bob')).body['sessions']).toHaveLength(1);
    expect((await ops('GET', '/sessions/studio/bob/s1')).body['revision']).toBe(1);
    for (const [method, path, body] of WRITES)
      expect([method, (await alice(method, ALICE + path, body, { 'if-match': '*' })).status]).toEqual([
        method,
        expect.toSatisfy((status: number) => status < 300),
      ]);
  });

  it('does not change what belongs to all users of the application', async () => {
    const { as, ops } = await guarded();
    const alice = await as({ appName: 'studio', userId: 'alice', access: 'write' });
    const state = { 'app:price': 0 };
    const tries = [
      await alice('POST', ALICE, { state }),
      await alice('PUT', `${ALICE}/s2`, { state }),
      await alice('PATCH', `${ALICE}/s1/state`, { set: state }, { 'if-match': '*' }),
      await alice('PATCH', `${ALICE}/s1/state`, { remove: ['app:price'] }, { 'if-match': '*' }),
      await alice('POST', `${ALICE}/s1/events`, { event: {}, stateDelta: state }),
    ];
    expect(tries.map(({ status }) => status)).toEqual(new Array(5).fill(403));
    expect((await ops('GET', '/sessions/studio/bob/s1')).body['state']).toEqual({});
    const all = await as({ appName: 'studio', access: 'write' });
    expect((await all('PATCH', `${ALICE}/s1/state`, { set: state }, { 'if-match': '*' })).status).toBe(200);
    expect(
      (await alice('PATCH', `${ALICE}/s1/state`, { set: { 'user:a': 1 } }, { 'if-match': '*' })).status,
    ).toBe(200);
    expect((await ops('GET', '/sessions/studio/bob/s1')).body['state']).toEqual(state);
  });

  it('of one that is for reading changes nothing', async () => {
    const { as, ops } = await guarded();
    const reader = await as({ appName: 'studio', userId: 'alice', access: 'read' });
    expect((await reader('GET', `${ALICE}/s1`)).status).toBe(200);
    for (const [method, path, body] of WRITES)
      expect([method, (await reader(method, ALICE + path, body, { 'if-match': '*' })).status]).toEqual([
        method,
        403,
      ]);
    expect((await ops('GET', `${ALICE}/s1`)).body['revision']).toBe(1);
  });

  it('is not good for what concerns all applications, nor for the server', async () => {
    const { as } = await guarded();
    const all = await as({ appName: 'studio', access: 'write' });
    for (const [method, path] of [
      ['GET', '/api/sessions/health'],
      ['POST', '/api/sessions/health-check'],
      ['POST', '/api/sessions/cleanup'],
      ['POST', '/api/sessions/tokens'],
      ['GET', '/health'],
    ] as const)
      expect([path, (await all(method, path)).status]).toEqual([path, 401]);
  });

  it('that has expired is 401 with why, and nothing is done', async () => {
    const { as, ops, clock, told } = await guarded();
    const alice = await as({ appName: 'studio', userId: 'alice', access: 'write', ttlMs: 1000 });
    expect((await alice('GET', `${ALICE}/s1`)).status).toBe(200);
    await clock.advance(1000);
    const { status, headers, body } = await alice('POST', `${ALICE}/s1/events`, { event: {} });
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="sustain", error="invalid_token"',
    ]);
    expect(body).toMatchObject({ code: 'SESSION_TOKEN_INVALID', detail: expect.stringContaining('expired') });
    expect((await ops('GET', `${ALICE}/s1`)).body['revision']).toBe(1);
    const { token } = await issueSessionToken(
      { secrets: [SECRET], clock },
      { appName: 'studio', access: 'read' },
    );
    expect(JSON.stringify(told)).not.toContain(token.split('.')[0]);
  });

  it('is made up in vain, and too often is not looked at any more', async () => {
    const { withToken } = await guarded();
    const { token } = await issueSessionToken(
      { secrets: [SECRET.toUpperCase()] },
      { appName: 'studio', access: 'write' },
    );
    const statuses: number[] = [];
    for (let i = 0; i < 12; i++) statuses.push((await withToken(token)('GET', `${ALICE}/s1`)).status);
    expect(statuses).toEqual([...new Array(10).fill(401), 429, 429]);
  });
});

describe('tokens of sessions', () => {
  it('are given out to holders of a token of the server', async () => {
    const { ops, withToken, clock } = await guarded();
    const grant = { appName: 'studio', userId: 'alice', access: 'read', ttlMs: 60_000 };
    const { status, body } = await ops('POST', '/api/sessions/tokens', grant);
    expect([status, body['expiresWallMs']]).toEqual([201, clock.wallMs() + 60_000]);
    const alice = withToken(body['token'] as string);
    expect((await alice('GET', `${ALICE}/s1`)).status).toBe(200);
    const bad = await ops('POST', '/api/sessions/tokens', { ...grant, appName: 'a/b' });
    expect([bad.status, bad.body['field']]).toEqual([400, 'appName']);
  });

  it('are needed where there are secrets, also on a server that is open, which gives out none', async () => {
    const { ask, as } = await guarded({ server: { tokens: [] } });
    expect((await ask('GET', '/sessions')).status).toBe(401);
    expect((await ask('POST', ALICE, {})).status).toBe(401);
    const alice = await as({ appName: 'studio', userId: 'alice', access: 'write' });
    expect((await alice('POST', ALICE, {})).status).toBe(201);
    const issued = await ask('POST', '/api/sessions/tokens', { appName: 'studio', access: 'write' });
    expect([issued.status, issued.body['code']]).toEqual([403, 'SESSION_ACCESS_DENIED']);
  });

  it('are not there without secrets: then sessions are as open as the server', async () => {
    const { ask } = await served();
    expect((await ask('POST', ALICE, {})).status).toBe(201);
    expect((await ask('POST', '/api/sessions/tokens', { appName: 'studio', access: 'write' })).status).toBe(
      404,
    );
  });
});
