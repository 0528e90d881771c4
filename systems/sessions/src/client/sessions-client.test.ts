import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as plainServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { blackhole, type FlowToxic, TcpProxy, truncate } from '@sustain/drills/network';
import { DOWN, FlakyStore, STEADY } from '@sustain/drills/stores';
import { retryScheduled, Signals, SimulatedClock, seededRandom, systemClock } from '@sustain/kernel';
import { memoryStore } from '@sustain/stores/memory';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  SessionConcurrentAccessError,
  SessionError,
  SessionNotFoundError,
  SessionServiceUnavailableError,
  sessionFaults,
} from '../faults.ts';
import type { SessionManager } from '../manager/index.ts';
import { type ServedOptions, served } from '../served-sessions.fixture.ts';
import { createSessionsClient, type SessionsClientOptions } from './index.ts';

const USER = { appName: 'studio', userId: 'alice@example.org' };
const KEY = { ...USER, sessionId: 's:1' };
const QUICK = { maxAttempts: 4, backoff: () => 40, maxRetryAfterMs: 50 };

/** A client of real routes over a real connection. */
async function client(options: ServedOptions = {}, own: Partial<SessionsClientOptions> = {}) {
  const service = await served(options);
  const sessions: SessionManager = createSessionsClient({ baseUrl: service.url, retry: QUICK, ...own });
  return { ...service, sessions: sessions as ReturnType<typeof createSessionsClient> };
}

/** The same through a proxy that can be broken. */
async function shaky(own: Partial<SessionsClientOptions> = {}) {
  const service = await served();
  const proxy = await TcpProxy.start({ upstream: service.url, random: seededRandom(7) });
  onTestFinished(() => proxy.close());
  const baseUrl = proxy.through(service.url);
  const signals = new Signals({ clock: systemClock });
  const sessions = createSessionsClient({ baseUrl, retry: QUICK, signals, ...own });
  /** What comes of `work` when an attempt of it is broken, and the next is not. */
  async function brokenOnce<T>(toxic: FlowToxic, work: () => Promise<T>): Promise<T> {
    const injection = proxy.add(toxic, { direction: 'down' });
    const forget = signals.on(retryScheduled, () => void injection.end());
    try {
      return await work();
    } finally {
      forget();
      await injection.end();
      expect(injection.hits).toBeGreaterThan(0);
    }
  }
  return { ...service, proxy, sessions, brokenOnce };
}

describe('a client of sessions', () => {
  it('answers what the manager answers', async () => {
    const { sessions, manager } = await client();
    const created = await sessions.createSession({ ...KEY, state: { a: 1 }, ttlMs: 60_000 });
    expect(created).toEqual({ ...(await manager.getSession(KEY)), isRepeated: false });
    const event = { author: 'user', text: 'hello' };
    const appended = await sessions.appendEvent(KEY, { event, stateDelta: { b: 2 } });
    expect(appended).toMatchObject({ event, revision: 2, isRepeated: false });
    const changed = await sessions.updateSessionState(KEY, { set: { c: 3 }, remove: ['a'] });
    expect(changed).toMatchObject({ revision: 3, isRepeated: false });
    expect(await sessions.getSession(KEY)).toEqual(await manager.getSession(KEY));
    expect(await sessions.getSession(KEY, { numRecentEvents: 0 })).toMatchObject({ events: [] });
    expect(await sessions.getSession(KEY, { afterTimestamp: Number.MAX_SAFE_INTEGER })).toMatchObject({
      events: [],
    });
    expect(await sessions.getOrCreateSession(KEY)).toMatchObject({ isNew: false, session: { revision: 3 } });
    const other = await sessions.getOrCreateSession({
      ...USER,
      sessionId: 's2',
      ttlMs: Number.POSITIVE_INFINITY,
    });
    expect([other.isNew, other.session.expiresWallMs]).toEqual([true, undefined]);
    expect(await sessions.listSessions(USER)).toEqual(await manager.listSessions(USER));
    expect(await sessions.deleteSession(KEY)).toBe(true);
    expect(await sessions.deleteSession(KEY)).toBe(false);
    expect((await sessions.createSession(USER)).sessionId).toMatch(/^key-[\w-]{22}$/);
  });

  it('takes a session for its key, as the manager does', async () => {
    const { sessions } = await client();
    const session = await sessions.createSession({ ...KEY, state: { a: 1 } });
    await sessions.appendEvent(session, { event: {}, stateDelta: { a: 2 } });
    await sessions.updateSessionState(session, { set: { b: 1 } });
    expect(await sessions.getSession(session)).toMatchObject({ revision: 3, state: { a: 2, b: 1 } });
    expect(await sessions.deleteSession(session)).toBe(true);
  });

  it('says an event or a change of one id is repeated', async () => {
    const { sessions } = await client();
    await sessions.createSession(KEY);
    const event = { id: 'e1', n: 1 };
    const first = await sessions.appendEvent(KEY, { event });
    const { updatedWallMs: _now, ...again } = await sessions.appendEvent(KEY, { event });
    expect(again).toMatchObject({ revision: first.revision, version: first.version, isRepeated: true });
    await sessions.updateSessionState(KEY, { set: { a: 1 }, changeId: 'c1' });
    expect(await sessions.updateSessionState(KEY, { set: { a: 1 }, changeId: 'c1' })).toMatchObject({
      isRepeated: true,
    });
  });

  it('rejects with the faults of the service, as their classes, with its operation id', async () => {
    const { sessions, signals } = await client();
    const operations: (string | undefined)[] = [];
    signals.onAny(
      ({ type, operationId }) => type === 'server.request.refused' && operations.push(operationId),
    );
    const missing = await sessions.getSession(KEY).catch((error: unknown) => error);
    expect(missing).toBeInstanceOf(SessionNotFoundError);
    expect(missing).toBeInstanceOf(SessionError);
    expect(missing).toMatchObject({
      name: 'SessionNotFoundError',
      retryable: false,
      category: 'client',
      operationId: operations[0],
      context: { operation: 'getSession', sessionId: KEY.sessionId },
    });
    const { version } = await sessions.createSession(KEY);
    await sessions.appendEvent(KEY, { event: {} }, { expectedVersion: version });
    const late = await sessions
      .updateSessionState(KEY, { set: { a: 1 } }, { expectedVersion: version })
      .catch((e) => e);
    expect(late).toBeInstanceOf(SessionConcurrentAccessError);
    expect(late.context).toMatchObject({
      expectedVersion: version,
      actualVersion: expect.stringMatching(/-2$/),
    });
    await expect(sessions.createSession(KEY)).rejects.toThrow(sessionFaults.SESSION_ALREADY_EXISTS);
    await expect(sessions.createSession({ ...USER, sessionId: 'a/b' })).rejects.toMatchObject({
      code: 'SESSION_REQUEST_INVALID',
      context: { field: 'sessionId' },
    });
    await expect(sessions.appendEvent(KEY, { event: { text: 'x'.repeat(300_000) } })).rejects.toMatchObject({
      code: 'SESSION_TOO_LARGE',
      context: { limit: 262_144 },
    });
    await expect(sessions.getSession({ ...KEY, sessionId: '..' })).rejects.toMatchObject({
      code: 'SESSION_REQUEST_INVALID',
      context: { field: 'sessionId' },
    });
  });

  it('lists a thousand sessions page by page', async () => {
    const { sessions, manager } = await client();
    for (let n = 0; n < 1000; n++)
      await manager.createSession({ ...USER, sessionId: `s${`${n}`.padStart(4, '0')}` });
    const found: string[] = [];
    let pages = 0;
    for await (const page of sessions.pages({ ...USER, limit: 300 })) {
      pages++;
      found.push(...page.sessions.map(({ sessionId }) => sessionId));
    }
    expect([pages, found.length, new Set(found).size]).toEqual([4, 1000, 1000]);
    expect(found).toEqual(found.toSorted());
  });

  it('does what concerns all applications, with a token of the server, and gives out tokens', async () => {
    const tokens = ['a-token-of-the-server'];
    const secrets = ['a secret of thirty-two bytes, or more'];
    const asOps = { token: tokens[0] };
    const { sessions, url } = await client({ server: { tokens }, routes: { tokenSecrets: secrets } }, asOps);
    expect(await sessions.getHealthStatus()).toMatchObject({ status: 'healthy', mode: 'normal' });
    expect((await sessions.forceHealthCheck()).healthy).toBe(true);
    expect(await sessions.cleanupExpiredSessions({ maxSessions: 10 })).toMatchObject({ isElsewhere: false });
    let asked = 0;
    const mine = createSessionsClient({
      baseUrl: `${url}/`,
      token: async () => {
        asked++;
        return (await sessions.issueToken({ ...USER, access: 'write' })).token;
      },
    });
    await mine.open();
    expect((await mine.createSession(KEY)).sessionId).toBe(KEY.sessionId);
    expect(asked).toBe(2);
    await expect(mine.listSessions({ appName: 'other' })).rejects.toMatchObject({
      code: 'SESSION_ACCESS_DENIED',
    });
    await expect(createSessionsClient({ baseUrl: url }).getSession(KEY)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      system: 'server',
      retryable: false,
    });
  });

  it('is closed when what is under way has been answered, and then asks nothing more', async () => {
    const { sessions } = await client();
    const created = sessions.createSession(KEY);
    await sessions.close();
    expect((await created).sessionId).toBe(KEY.sessionId);
    await expect(sessions.getSession(KEY)).rejects.toThrow(sessionFaults.SESSIONS_CLOSED);
    await sessions.close();
  });

  it.each([
    ['a URL that is none', { baseUrl: 'nowhere' }],
    ['another protocol', { baseUrl: 'ftp://127.0.0.1' }],
    ['no time', { baseUrl: 'http://127.0.0.1', timeoutMs: 0 }],
    ['no attempt', { baseUrl: 'http://127.0.0.1', retry: { maxAttempts: 0 } }],
  ])('is not made of %s', (_what, options) => {
    expect(() => createSessionsClient(options)).toThrow(/URL|baseUrl|timeout|maxAttempts/);
  });
});

it('takes nothing of the server along: what it loads runs in browsers', () => {
  const loaded = new Set<string>();
  const packages = new Set<string>();
  const load = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    // Without the types, which nobody loads.
    const code = stripTypeScriptTypes(readFileSync(file, 'utf8'));
    for (const [, from = ''] of code.matchAll(/^(?:import|export|\})\s.*from '([^']+)'/gm)) {
      if (from.startsWith('.')) load(join(dirname(file), from));
      else packages.add(from);
    }
  };
  load(join(import.meta.dirname, 'index.ts'));
  const names = [...loaded].map((file) => relative(import.meta.dirname, file)).sort();
  expect(names).toEqual(expect.arrayContaining(['../faults.ts', 'http-calls.ts', 'sessions-client.ts']));
  const others = names.filter((name) => name.startsWith('..'));
  expect(others.filter((name) => !name.startsWith('../checks/'))).toEqual(['../faults.ts']);
  for (const file of loaded) expect(readFileSync(file, 'utf8')).not.toMatch(/\b(?:Buffer|process)\./);
  expect([...packages]).toEqual(['@sustain/kernel']);
});

describe('what is lost on the way', () => {
  it('is sent again and done once: the connection is cut when the request has gone, before its answer', async () => {
    const { sessions, manager, brokenOnce } = await shaky();
    await sessions.createSession(KEY);
    const broken = truncate({ afterBytes: 0 });
    await brokenOnce(broken, () => sessions.appendEvent(KEY, { event: { text: 'once' } }));
    await brokenOnce(broken, () => sessions.updateSessionState(KEY, { set: { once: true } }));
    await brokenOnce(broken, () => sessions.createSession({ ...USER, state: { once: true } }));
    expect(await manager.getSession(KEY)).toMatchObject({
      revision: 3,
      events: [{ text: 'once' }],
      state: { once: true },
    });
    expect((await manager.listSessions(USER)).sessions).toHaveLength(2);
  });

  it('is said to be open when it stays lost, and nothing is done twice when it is asked for again', async () => {
    const { sessions, manager, proxy } = await shaky();
    await sessions.createSession(KEY);
    const cut = proxy.add(truncate({ afterBytes: 0 }), { direction: 'down' });
    const event = { id: 'e1', text: 'once' };
    const lost = await sessions.appendEvent(KEY, { event }).catch((error: unknown) => error);
    expect(lost).toBeInstanceOf(SessionServiceUnavailableError);
    expect(lost).toMatchObject({ code: 'SESSION_OUTCOME_UNKNOWN', retryable: true });
    expect(await sessions.getSession(KEY).catch((error: unknown) => error)).toMatchObject({
      code: 'SESSION_SERVICE_UNAVAILABLE',
    });
    await cut.end();
    expect(await sessions.appendEvent(KEY, { event })).toMatchObject({ isRepeated: true, revision: 2 });
    expect((await manager.getSession(KEY)).events).toHaveLength(1);
  });

  it('is not there where nothing was sent: a port that is closed is only unavailable', async () => {
    const server = plainServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    const sessions = createSessionsClient({ baseUrl: `http://127.0.0.1:${port}`, retry: QUICK });
    await expect(sessions.createSession(KEY)).rejects.toMatchObject({ code: 'SESSION_SERVICE_UNAVAILABLE' });
  });

  it('for longer than an attempt may take is given up, tried again, and told', async () => {
    const clock = new SimulatedClock();
    const signals = new Signals({ clock });
    const retry = { maxAttempts: 2, backoff: () => 0 };
    const { sessions, manager, proxy } = await shaky({ clock, signals, retry, timeoutMs: 700 });
    await manager.createSession(KEY);
    const hole = proxy.add(blackhole(), { direction: 'down' });
    const mend = signals.on(retryScheduled, () => void hole.end());
    const appended = sessions.appendEvent(KEY, { event: { text: 'once' } });
    await expect.poll(() => hole.hits).toBeGreaterThan(0);
    await clock.advance(700);
    expect(await appended).toMatchObject({ isRepeated: true, revision: 2 });
    mend();
    const deeper = proxy.add(blackhole(), { direction: 'down' });
    const deleted = sessions.deleteSession(KEY);
    await expect.poll(() => deeper.hits).toBeGreaterThan(0);
    await expect(clock.run(deleted)).rejects.toMatchObject({ code: 'SESSION_OUTCOME_UNKNOWN' });
  });

  it('of a deletion that happened is no “not found”', async () => {
    const { sessions, manager, brokenOnce } = await shaky();
    await sessions.createSession(KEY);
    expect(await brokenOnce(truncate({ afterBytes: 0 }), () => sessions.deleteSession(KEY))).toBe(true);
    await expect(manager.getSession(KEY)).rejects.toThrow(SessionNotFoundError);
  });

  it('of a deletion is no “not found” either when another instance answers the next attempt', async () => {
    const primary = memoryStore();
    const { url: first, manager } = await served({ primary });
    await manager.createSession(KEY);
    const { url: second } = await served({ primary });
    let asked = 0;
    const lossy: typeof fetch = async (_url, init) => {
      const path = String(_url).slice(first.length);
      asked++;
      if (asked > 1) return fetch(second + path, init);
      await fetch(first + path, init);
      throw new TypeError('fetch failed');
    };
    const sessions = createSessionsClient({ baseUrl: first, retry: QUICK, fetch: lossy });
    expect([await sessions.deleteSession(KEY), asked]).toEqual([true, 2]);
    expect(await sessions.deleteSession(KEY)).toBe(false);
  });

  it('by a store that comes back is waited for as the answer says, and no longer than the client will', async () => {
    const link = new FlakyStore(memoryStore(), systemClock, seededRandom(1));
    const signals = new Signals({ clock: systemClock });
    const options = { primary: link, manager: { retry: { maxAttempts: 1 } } };
    const { sessions } = await client(options, { signals });
    await sessions.createSession(KEY);
    const delaysMs: number[] = [];
    signals.on(retryScheduled, ({ data }) => {
      delaysMs.push(data.delayMs);
      link.fates = STEADY;
    });
    link.fates = { ...DOWN, refused: 1, lostBefore: 0, late: 0, hangs: 0 };
    expect(await sessions.appendEvent(KEY, { event: { text: 'later' } })).toMatchObject({ revision: 2 });
    expect(delaysMs).toEqual([QUICK.maxRetryAfterMs]);
    const patient = await client(options, { signals, retry: { ...QUICK, maxRetryAfterMs: 10_000 } });
    link.fates = { ...DOWN, refused: 1, lostBefore: 0, late: 0, hangs: 0 };
    await patient.sessions.appendEvent(KEY, { event: { text: 'later still' } });
    expect(delaysMs.slice(1)).toEqual([250]); // closer than the second of Retry-After
  });

  const REFUSALS: readonly (readonly [string, number, string, string])[] = [
    ['another one of its key is under way', 409, 'SESSION_REQUEST_UNDER_WAY', 'SESSION_OUTCOME_UNKNOWN'],
    ['the token is over', 401, 'SESSION_TOKEN_INVALID', 'SESSION_OUTCOME_UNKNOWN'],
    ['nobody knows who asks', 401, 'UNAUTHENTICATED', 'SESSION_OUTCOME_UNKNOWN'],
    ['too many come', 429, 'TOO_MANY_REQUESTS', 'SESSION_OUTCOME_UNKNOWN'],
    ['it fails', 500, 'SESSION_ERROR', 'SESSION_OUTCOME_UNKNOWN'],
    ['the store is away', 503, 'SESSION_SERVICE_UNAVAILABLE', 'SESSION_OUTCOME_UNKNOWN'],
    ['the session is at another version', 412, 'SESSION_CONCURRENT_ACCESS', 'SESSION_CONCURRENT_ACCESS'],
    ['there is no session', 404, 'SESSION_NOT_FOUND', 'SESSION_NOT_FOUND'],
    ['it is not valid', 400, 'SESSION_REQUEST_INVALID', 'SESSION_REQUEST_INVALID'],
  ];
  it.each(REFUSALS)('is no less open when the next attempt is refused, as %s: %i %s', async (...refusal) => {
    const [, status, code, told] = refusal;
    const type = `urn:sustain:fault:sessions:${code}`;
    const retryable = code === 'SESSION_REQUEST_UNDER_WAY';
    const problem = { type, code, title: code, status, detail: 'no', severity: 'INFO', retryable };
    let asked = 0;
    const lossy: typeof fetch = async () => {
      asked++;
      if (asked === 1) throw new TypeError('fetch failed');
      return Response.json(problem, { status, headers: { 'content-type': 'application/problem+json' } });
    };
    const sessions = createSessionsClient({ baseUrl: 'http://127.0.0.1', retry: QUICK, fetch: lossy });
    await expect(sessions.appendEvent(KEY, { event: {} })).rejects.toMatchObject({ code: told });
    expect(asked).toBe(retryable ? 4 : 2);
    asked = 0;
    // What only reads leaves nothing open.
    await expect(sessions.getSession(KEY)).rejects.toMatchObject({ code });
  });

  it('to a proxy that answers with a page of its own is told as what it means', async () => {
    const statuses = [502, 404, 503, 200];
    const server = plainServer((_request, response) => {
      response
        .writeHead(statuses.shift() ?? 500, { 'content-type': 'text/html' })
        .end('<h1>Bad gateway</h1>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const sessions = createSessionsClient({ baseUrl: `http://127.0.0.1:${port}`, retry: { maxAttempts: 1 } });
    const codes = [];
    for (let i = 0; i < 4; i++)
      codes.push(await sessions.deleteSession(KEY).then(String, ({ code }) => code));
    expect(codes).toEqual([
      'SESSION_OUTCOME_UNKNOWN',
      'SESSION_ERROR',
      'SESSION_SERVICE_UNAVAILABLE',
      'SESSION_OUTCOME_UNKNOWN',
    ]);
  });

  it('as the caller does not want it any more ends at once, with the caller’s reason, and leaves no listener', async () => {
    const { sessions, proxy } = await shaky();
    await sessions.createSession(KEY);
    proxy.add(blackhole(), { direction: 'down' });
    const stop = new AbortController();
    let listeners = 0;
    const { signal } = stop;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => {
      listeners++;
      add(...given);
    };
    signal.removeEventListener = (...given: Parameters<typeof remove>) => {
      listeners--;
      remove(...given);
    };
    const asked = sessions.appendEvent(KEY, { event: {} }, { signal });
    await expect.poll(() => proxy.stats().bytesUp).toBeGreaterThan(0);
    const reason = new Error('the user has left');
    stop.abort(reason);
    await expect(asked).rejects.toBe(reason);
    expect(listeners).toBe(0);
    await expect(sessions.getSession(KEY, { signal })).rejects.toBe(reason);
  });
});
