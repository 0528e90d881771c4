import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ALICE, type Answer, served } from '../served-sessions.fixture.ts';

let service: Awaited<ReturnType<typeof served>>;

// One server for all: none of this may leave a trace in it.
beforeAll(async () => {
  service = await served({ lasts: 'file' });
  await service.ask('PUT', `${ALICE}/s1`, { state: { kept: true } });
});

/** Nothing was stored by anything that was refused. */
afterEach(async () => {
  const { sessions } = await service.manager.listSessions({ appName: 'studio' });
  expect(sessions.map(({ sessionId }) => sessionId)).toEqual(['s1']);
  const session = await service.manager.getSession({ appName: 'studio', userId: 'alice', sessionId: 's1' });
  expect(session).toMatchObject({ revision: 1, events: [], state: { kept: true } });
  expect(Object.keys(session.state)).toEqual(['kept']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

afterAll(() => service.stop());

const any = { 'if-match': '*' };

function expectRefused({ status, body }: Answer, ...statuses: number[]): void {
  expect(statuses.length > 0 ? statuses : [400, 404, 413]).toContain(status);
  expect(body).toMatchObject({
    status,
    retryable: false,
    operationId: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
}

/** A path as it is, which fetch would tidy up first. */
async function askRaw(method: string, path: string, body?: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const headers = body === undefined ? {} : { 'content-type': 'application/json' };
  request(service.url, { method, path, headers }, (response) => {
    text(response).then((said) => {
      resolve({ status: response.statusCode ?? 0, headers: new Headers(), body: JSON.parse(said) });
    }, reject);
  })
    .once('error', reject)
    .end(body);
  return promise;
}

async function refusesInPaths(id: string): Promise<void> {
  for (const [method, path, body] of [
    ['PUT', `${ALICE}/${id}`, '{}'],
    ['GET', `${ALICE}/${id}`],
    ['POST', `${ALICE}/${id}/events`, '{"event":{}}'],
    ['DELETE', `${ALICE}/${id}`],
    ['POST', `/sessions/studio/${id}`, '{}'],
    ['PUT', `/sessions/studio/${id}/s9`, '{}'],
    ['GET', `/sessions/${id}`],
  ] as const) {
    expectRefused(await askRaw(method, path, body), 400, 404, 414);
  }
}

describe('a bad id', () => {
  it.each([
    'a%2Fb',
    '..%2F..%2Fetc',
    '%2e%2e',
    '%2e',
    'a%00b',
    'a%0Ab',
    'a%7Fb',
    'a%20b',
    'a%5Cb',
    '%F0%9F%8E%B5',
    'a*b',
    '%25',
    'a%3Bb',
    '%E0%A4%A',
    '%80',

    '%3Cscript%3E',
    "a'b",
    '%22',
    '%EF%BB%BFa',
    '%E2%80%AEa',
  ])('in a path is refused: %s', refusesInPaths);

  it.each([129, 2000, 5000])('of %i characters in a path is refused', (length) =>
    refusesInPaths('x'.repeat(length)),
  );

  it('in a body is refused, whatever is no id', async () => {
    const bad = fc.oneof(
      fc.constantFrom(
        '',
        '.',
        '..',
        '../x',
        'a/b',
        'a\\b',
        'a\0b',
        'a b',
        'a\n',
        '\u202ea',
        'é\u0000',
        '会'.repeat(43),
      ),
      fc.string({ minLength: 1 }).filter((text) => !/^[\p{L}\p{N}\p{M}_.@:+~=-]+$/u.test(text)),
    );
    await fc.assert(
      fc.asyncProperty(bad, async (sessionId) => {
        expectRefused(await service.ask('POST', ALICE, { sessionId }), 400);
        expectRefused(await service.ask('POST', `${ALICE}/s1/events`, { event: { id: sessionId } }), 400);
        expectRefused(
          await service.ask('PATCH', `${ALICE}/s1/state`, { set: { a: 1 }, changeId: sessionId }, any),
          400,
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('a bad body', () => {
  it('of 10 MB is refused, with and without its length', async () => {
    const state = { text: 'x'.repeat(10_000_000) };
    for (const [method, path, body] of [
      ['POST', ALICE, { state }],
      ['PUT', `${ALICE}/s2`, { state }],
      ['PATCH', `${ALICE}/s1/state`, { set: state }],
      ['POST', `${ALICE}/s1/events`, { event: state }],
    ] as const) {
      expectRefused(await service.ask(method, path, body, any), 413);
    }
    const chunk = new TextEncoder().encode(JSON.stringify({ state }));
    const stream = new ReadableStream({
      start(controller) {
        for (let at = 0; at < chunk.length; at += 65_536) controller.enqueue(chunk.subarray(at, at + 65_536));
        controller.close();
      },
    });
    const headers = { 'content-type': 'application/json' };
    const sent = fetch(service.url + ALICE, {
      method: 'POST',
      headers,
      body: stream,
      duplex: 'half',
    } as RequestInit);
    // Who goes on sending may see the connection end before the answer.
    const status = await sent.then(
      (response) => response.status,
      () => 'cut off',
    );
    expect([413, 'cut off']).toContain(status);
    expect((await fetch(`${service.url}/health/live`)).status).toBe(200);
  });

  it('that the route takes and a session does not is 413, too, and says the limit', async () => {
    const { body } = await service.ask('POST', ALICE, { state: { text: 'x'.repeat(600_000) } });
    expect(body).toMatchObject({ status: 413, code: 'SESSION_TOO_LARGE', limit: 524_288, field: 'state' });
    const event = { text: 'x'.repeat(300_000) };
    expectRefused(await service.ask('POST', `${ALICE}/s1/events`, { event }), 413);
  });

  it.each([
    ['__proto__ in a state', 'POST', '', '{"state":{"__proto__":{"polluted":1}}}'],
    ['__proto__ in disguise', 'POST', '', '{"state":{"\\u005f_proto__":{"polluted":1}}}'],
    [
      '__proto__ deep in an event',
      'POST',
      '/s1/events',
      '{"event":{"a":[{"b":{"__proto__":{"polluted":1}}}]}}',
    ],
    ['__proto__ of the body', 'POST', '', '{"__proto__":{"state":{"polluted":1}}}'],
    ['constructor.prototype', 'PATCH', '/s1/state', '{"set":{"constructor":{"prototype":{"polluted":1}}}}'],
    ['__proto__ to be removed', 'PATCH', '/s1/state', '{"set":{"__proto__":1},"remove":["__proto__"]}'],
    ['__proto__ in a delta', 'POST', '/s1/events', '{"event":{},"stateDelta":{"__proto__":{"polluted":1}}}'],
  ])('with a name that could get at prototypes is refused: %s', async (_what, method, path, body) => {
    expectRefused(await service.ask(method, ALICE + path, body, any), 400);
  });

  it.each([65, 1000, 100_000, 500_000])('%i deep is refused, and the server lives', async (depth) => {
    const deep = `${'['.repeat(depth)}${']'.repeat(depth)}`;
    expectRefused(await service.ask('POST', ALICE, `{"state":{"a":${deep}}}`), 400, 413);
    expectRefused(await service.ask('POST', `${ALICE}/s1/events`, `{"event":{"a":${deep}}}`), 400, 413);
    expectRefused(
      await service.ask('POST', `${ALICE}/s1/events`, `{"event":{"a":${deep}}}`, {
        'idempotency-key': 'deep',
      }),
      400,
      413,
    );
    expect((await service.ask('GET', '/sessions')).status).toBe(200);
  });

  it.each([
    ['POST', '', '[]'],
    ['POST', '', '"x"'],
    ['POST', '', '7'],
    ['POST', '', 'true'],
    ['POST', '', '{"state":[]}'],
    ['POST', '', '{"state":"x"}'],
    ['POST', '', '{"state":7}'],
    ['POST', '', '{"sessionId":7}'],
    ['POST', '', '{"sessionId":null}'],
    ['POST', '', '{"sessionId":["s2"]}'],
    ['POST', '', '{"ttlMs":"60000"}'],
    ['POST', '', '{"ttlMs":999}'],
    ['POST', '', '{"ttlMs":1.5e3,"x":1}'],
    ['POST', '', '{"ttlMs":1e300}'],
    ['POST', '', '{"ttlMs":-1}'],
    ['POST', '', '{"state":{"a":1e999}}'],
    ['POST', '', '{"appName":"other"}'],
    ['POST', '', '{"incarnation":"x"}'],
    ['POST', '', '{'],
    ['POST', '', '{"a":}'],
    ['POST', '', ''],
    ['POST', '', '\u0000'],
    ['POST', '/s1/events', '{}'],
    ['POST', '/s1/events', '{"event":null}'],
    ['POST', '/s1/events', '{"event":[]}'],
    ['POST', '/s1/events', '{"event":"x"}'],
    ['POST', '/s1/events', '{"event":{"timestamp":"now"}}'],
    ['POST', '/s1/events', '{"event":{"timestamp":1e999}}'],
    ['POST', '/s1/events', '{"event":{"id":7}}'],
    ['POST', '/s1/events', '{"event":{},"stateDelta":[]}'],
    ['POST', '/s1/events', '{"event":{},"more":1}'],
    ['PATCH', '/s1/state', '{"set":[]}'],
    ['PATCH', '/s1/state', '{"set":null}'],
    ['PATCH', '/s1/state', '{"remove":"kept"}'],
    ['PATCH', '/s1/state', '{"remove":[7]}'],
    ['PATCH', '/s1/state', '{"set":{"a":1},"expectedVersion":"x"}'],
    ['PATCH', '/s1/state', '[]'],
    ['PATCH', '/s1/state', 'null'],
  ])('of wrong types is refused: %s %s %s', async (method, path, body) => {
    expectRefused(await service.ask(method, ALICE + path, body, any), 400);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'text/json',
  ])('of another content type is refused: %s', async (type) => {
    const headers = { ...any, 'content-type': type };
    for (const [method, path] of [
      ['POST', ''],
      ['PUT', '/s2'],
      ['POST', '/s1/events'],
      ['PATCH', '/s1/state'],
    ] as const)
      expectRefused(await service.ask(method, ALICE + path, '{"event":{},"set":{"a":1}}', headers), 415);
  });
});

describe('a bad query or header', () => {
  it.each([
    `${ALICE}?limit=0`,
    `${ALICE}?limit=1001`,
    `${ALICE}?limit=-1`,
    `${ALICE}?limit=1e2`,
    `${ALICE}?limit=`,
    `${ALICE}?limit=1&limit=2`,
    `${ALICE}?limit=99999999999999999999`,
    `${ALICE}?after=nonsense`,
    `${ALICE}?after=a&after=b`,
    `${ALICE}?x=1`,
    `${ALICE}?after=${Buffer.from('other/alice/s1').toString('base64url')}`,
    `${ALICE}?limit[]=1`,
    `${ALICE}?__proto__=1`,
    `${ALICE}/s1?numRecentEvents=-1`,
    `${ALICE}/s1?numRecentEvents=0x10`,
    `${ALICE}/s1?numRecentEvents=1&numRecentEvents=1`,
    `${ALICE}/s1?afterTimestamp=now`,
    `${ALICE}/s1?afterTimestamp=-1`,
    `${ALICE}/s1?afterTimestamp=1.`,
    `${ALICE}/s1?afterTimestamp=1e400`,
    `${ALICE}/s1?afterTimestamp=9007199254740993`,
    `${ALICE}/s1?afterTimestamp=`,
    `${ALICE}/s1?numRecentEvents=1.5`,
    `${ALICE}/s1?numRecentEvents=9007199254740993`,
    '/sessions?x=1',
  ])('is refused: GET %s', async (path) => {
    expectRefused(await service.ask('GET', path), 400);
  });

  it.each([
    ['if-match', 's1'],
    ['if-match', 'W/"x"'],
    ['if-match', '"a", "b"'],
    ['if-match', '""'],
    ['if-match', '"ä"'],
    ['if-match', `"${'x'.repeat(257)}"`],
    ['idempotency-key', 'a b'],
    ['idempotency-key', 'x'.repeat(256)],
    ['idempotency-key', '""'],
  ])('is refused: %s: %s', async (name, value) => {
    const headers = { ...any, [name]: value };
    expectRefused(await service.ask('PATCH', `${ALICE}/s1/state`, { set: { a: 1 } }, headers), 400);
    expectRefused(await service.ask('POST', `${ALICE}/s1/events`, { event: {} }, headers), 400);
  });
});

describe('anything at all', () => {
  it('is answered with a clear 4xx or does what it says, and never with 500', async () => {
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ event: fc.jsonValue(), stateDelta: fc.jsonValue(), set: fc.jsonValue() }),
    );
    const path = fc.constantFrom('', '/s1', '/s1/state', '/s1/events', '/s1/nothing', '/s1/state/x');
    const header = fc.constantFrom<Record<string, string>>(
      {},
      { 'if-match': '"no-version"' },
      { 'idempotency-key': 'k' },
    );
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('POST', 'PUT', 'PATCH', 'DELETE', 'TRACE'),
        path,
        body,
        header,
        async (method, at, given, headers) => {
          // What is good is for another session than the one that must stay as it is.
          const target = at.replace('/s1', method === 'DELETE' ? '/gone' : '/fuzzed');
          const prefix = '/sessions/fuzz/alice';
          if (method === 'TRACE') return;
          const { status } = await service.ask(method, prefix + target, given, headers);
          expect(status).toBeLessThan(500);
        },
      ),
      { numRuns: 150 },
    );
  });
});
