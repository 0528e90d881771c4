import { beforeAll, describe, expect, it } from 'vitest';
import type { SessionManager } from '../manager/index.ts';
import { served } from '../served-sessions.fixture.ts';
import type { SessionKey, SessionState } from '../session/index.ts';
import { createSessionsClient } from './index.ts';

const USER = { appName: 'studio', userId: 'alice' };
const KEY = { ...USER, sessionId: 's1' };

let manager: SessionManager;
let sessions: SessionManager;

beforeAll(async () => {
  const service = await served({ lasts: 'file' });
  manager = service.manager;
  sessions = createSessionsClient({ baseUrl: service.url });
  return service.stop;
});

/** Both are asked about a session of their own, with two events, that is not there before. */
async function both(ask: (of: SessionManager, key: SessionKey) => Promise<unknown>) {
  const outcomes = [];
  for (const of of [manager, sessions]) {
    await manager.deleteSession(KEY);
    await manager.deleteSession({ ...USER, sessionId: 'c1' });
    await manager.createSession({ ...KEY, creationId: 'of-s1', state: { kept: true } });
    for (const timestamp of [1, 2])
      await manager.appendEvent(KEY, { event: { id: `e${timestamp}`, timestamp } });
    outcomes.push(await ask(of, KEY).then(told, ({ code }) => ({ code })));
  }
  return outcomes;
}

/** Without what is new each time. */
function told(answer: unknown): unknown {
  const isNew = (name: string) => /^(?:version|.*WallMs|timestamp)$/.test(name);
  return JSON.parse(JSON.stringify(answer ?? null), (name, value) => (isNew(name) ? undefined : value));
}

const circle: Record<string, unknown> = {};
circle['self'] = circle;
const state = (value: unknown): SessionState => ({ value });
const wrong = (value: unknown) => value as never;

type Case = readonly [what: string, ask: (of: SessionManager, key: SessionKey) => Promise<unknown>];

const VALUES: readonly (readonly [string, unknown])[] = [
  ...([Number.NaN, Number.POSITIVE_INFINITY, -0, 5e-324, 7n, undefined, null, true] as const).map(
    (value) => [`${Object.is(value, -0) ? '-0' : String(value)}`, value] as const,
  ),
  ['a date', new Date(0)],
  ['a Map', new Map([['a', 1]])],
  ['a Set', new Set([1])],
  ['an instance', new (class Point {})()],
  ['what says how it is JSON', { toJSON: () => 'something else' }],
  ['a function', () => 1],
  ['a symbol', Symbol('s')],
  ['what contains itself', circle],
  ['a list with gaps', Object.assign([], { 2: 'third' })],
  ['a list of undefined', [undefined]],
  ['undefined in an object', { a: undefined, b: 1 }],
  ['half a character', '\ud800'],
  ['a text of all kinds', 'a "quoted" line\n\u2028 é 会 🎵 \u0000'],
  ['bytes', new Uint8Array(2)],
  ['no prototype', Object.assign(Object.create(null), { a: 1 })],
  ['a prototype in disguise', { constructor: { prototype: {} } }],
];

const CASES: readonly Case[] = [
  ...VALUES.flatMap(([what, value]): Case[] => [
    [`a session with ${what}`, (of) => of.createSession({ ...USER, sessionId: 'c1', state: state(value) })],
    [`an event with ${what}`, (of, key) => of.appendEvent(key, { event: { id: 'e3', value } })],
    [`a change to ${what}`, (of, key) => of.updateSessionState(key, { set: state(value) })],
  ]),
  ...[
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    999,
    1000,
    1000.5,
    -1,
    wrong('1000'),
  ].map(
    (ttlMs): Case => [`a life of ${ttlMs}`, (of) => of.createSession({ ...USER, sessionId: 'c1', ttlMs })],
  ),
  ...['', '.', '..', 'a/b', 'x'.repeat(129), 'é'.repeat(64), 'é'.repeat(65), wrong(7), wrong({})].flatMap(
    (id): Case[] => [
      [`the application ${id}`, (of, key) => of.getSession({ ...key, appName: id })],
      [`the user ${id}`, (of) => of.getSession({ ...KEY, userId: id })],
      [`the session ${id}`, (of) => of.deleteSession({ ...USER, sessionId: id })],
      [`the creation ${id}`, (of) => of.getOrCreateSession({ ...USER, sessionId: 'c1', creationId: id })],
      [`the change ${id}`, (of, key) => of.updateSessionState(key, { set: {}, changeId: id })],
      [`the event ${id}`, (of, key) => of.appendEvent(key, { event: { id } })],
      [`a list of ${id}`, (of) => of.listSessions({ appName: 'studio', userId: id })],
    ],
  ),
  ...[-1, 0, 1, 1.5, 3, Number.NaN, Number.POSITIVE_INFINITY].flatMap((number): Case[] => [
    [`the last ${number} events`, (of, key) => of.getSession(key, { numRecentEvents: number })],
    [`events since ${number}`, (of, key) => of.getSession(key, { afterTimestamp: number })],
    [`a page of ${number}`, (of) => of.listSessions({ ...USER, limit: number })],
    [`no more than ${number} expired ones`, (of) => of.cleanupExpiredSessions({ maxSessions: number })],
  ]),
  ['events since 1e21', (of, key) => of.getSession(key, { afterTimestamp: 1e21 })],
  ['events since 1e-7', (of, key) => of.getSession(key, { afterTimestamp: 1e-7 })],
  ['2,000,000 expired ones', (of) => of.cleanupExpiredSessions({ maxSessions: 2_000_000 })],
  ...['', ' ', 'a b', '"', 'é', 'x;y', '*', 'x'.repeat(300), wrong(7)].map(
    (version): Case => [
      `only at the version ${version}`,
      (of, key) => of.updateSessionState(key, { set: { a: 1 } }, { expectedVersion: version }),
    ],
  ),
  [
    'only at the version, and more',
    async (of, key) => {
      const { version } = await of.getSession(key);
      return of.deleteSession(key, { expectedVersion: `${version};more` });
    },
  ],
  ['removing nothing that is there', (of, key) => of.updateSessionState(key, { remove: ['nothing'] })],
  ['removing a number', (of, key) => of.updateSessionState(key, { remove: [wrong(7)] })],
  ['removing a Set', (of, key) => of.updateSessionState(key, { remove: wrong(new Set(['kept'])) })],
  ['no change at all', (of, key) => of.updateSessionState(key, {})],
  ['a time that is a text', (of, key) => of.appendEvent(key, { event: { timestamp: wrong('now') } })],
  ['a time that is not whole', (of, key) => of.appendEvent(key, { event: { id: 'e3', timestamp: 1.5 } })],
  ['no event', (of, key) => of.appendEvent(key, wrong({}))],
  ['nothing to append', (of, key) => of.appendEvent(key, wrong(null))],
  ['nothing to change', (of, key) => of.updateSessionState(key, wrong(undefined))],
  ['nothing to create', (of) => of.createSession(wrong(null))],
  ['a user that is none', (of) => of.createSession({ appName: 'studio', userId: 'a/b' })],
  ['nobody to create for', (of) => of.createSession(wrong({ appName: 'studio' }))],
  ['nothing to get or create', (of) => of.getOrCreateSession(wrong(undefined))],
  ['no key', (of) => of.getSession(wrong(null))],
  ['no list', (of) => of.listSessions(wrong(null))],
  [
    'a creation that has led to a session',
    (of) => of.createSession({ ...USER, sessionId: 's1', creationId: 'of-s1' }),
  ],
  ['a creation named as a session', (of) => of.createSession({ ...USER, creationId: 's1' })],
  ['a creation named as a session, to get', (of) => of.getOrCreateSession({ ...USER, creationId: 's1' })],
  [
    'a creation of its own, twice',
    async (of) => {
      const request = { ...USER, creationId: 'c1' };
      return [
        await of.createSession(request),
        await of.createSession(request),
        await of.getOrCreateSession(request),
      ];
    },
  ],
  [
    'a creation that has events, with the last',
    async (of) => {
      const request = { ...USER, creationId: 'c1' };
      const { session } = await of.getOrCreateSession(request);
      for (const n of [1, 2, 3]) await of.appendEvent(session, { event: { id: `e${n}`, n } });
      return [
        await of.getOrCreateSession(request, { numRecentEvents: 2 }),
        await of.getOrCreateSession(request, { numRecentEvents: 0 }),
        await of.getOrCreateSession({ ...USER, sessionId: 'c1' }, { numRecentEvents: 1 }),
      ];
    },
  ],
];

describe('a client answers as the manager', () => {
  it.each(CASES)('asked for %s', async (_what, ask) => {
    const [wanted, got] = await both(ask);
    expect(got).toEqual(wanted);
  });
});
