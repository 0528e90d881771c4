import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { hear, post } from '../peer-client.fixture.ts';
import { echoPeer } from './echo-peer.fixture.ts';
import { hang, type PeerOptions, stall } from './index.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const peer of open.splice(0)) await peer[Symbol.asyncDispose]();
});

async function peerOf(options: PeerOptions<string> = {}) {
  const peer = await echoPeer(options);
  open.push(peer);
  return peer;
}

describe('a peer', () => {
  test('keeps what it was asked: headers without secrets, query, body', async () => {
    const peer = await peerOf();
    await post(`${peer.url}/say?voice=low`, {
      json: { text: 'hi' },
      headers: { authorization: 'Bearer sk-secret', 'api-key': 'secret', 'x-turn': '7' },
    });
    const [request] = peer.requests;
    expect(request).toMatchObject({
      number: 1,
      route: 'say',
      method: 'POST',
      path: '/say',
      step: 'it answers',
    });
    expect(request?.query).toEqual({ voice: 'low' });
    expect(request?.headers).toMatchObject({
      'x-turn': '7',
      authorization: '(removed)',
      'api-key': '(removed)',
    });
    expect(request?.body).toEqual({ kind: 'json', bytes: 13, value: { text: 'hi' } });
    expect(JSON.stringify(request)).not.toContain('secret');
  });

  test('takes only its token where it has one', async () => {
    const peer = await peerOf({ token: 'sk-right' });
    const as = async (authorization: string) =>
      (await post(`${peer.url}/say`, { json: {}, headers: { authorization } })).status;
    expect([await as('Bearer sk-right'), await as('Bearer sk-wrong'), await as('')]).toEqual([200, 401, 401]);
  });

  test('has no other routes', async () => {
    const peer = await peerOf();
    expect([(await post(`${peer.url}/sing`)).status, (await fetch(`${peer.url}/say`)).status]).toEqual([
      404, 404,
    ]);
    expect(peer.requests.map(({ route }) => route)).toEqual([undefined, undefined]);
  });

  test('answers also who asks for what is no URL', async () => {
    const peer = await peerOf();
    const socket = connect(peer.port, '127.0.0.1');
    socket.end('GET //?a=b HTTP/1.1\r\nhost: peer\r\nconnection: close\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 404 /);
    expect(peer.requests[0]).toMatchObject({ path: '//', query: { a: 'b' } });
  });

  test('says what is too large, also to a client that has only begun to send, and what it cannot read', async () => {
    const peer = await peerOf({ maxBodyBytes: 1000 });
    const send = async (body: NonNullable<RequestInit['body']>, type: string) =>
      (await hear(await post(`${peer.url}/say`, { body, headers: { 'content-type': type } }))).text;
    expect(await send('x'.repeat(20_000_000), 'text/plain')).toBe('too-large');
    expect(await send('x'.repeat(1000), 'text/plain')).toBe('as ever');
    expect(await send('{', 'application/json')).toBe('unreadable');
    expect(await send('no form', 'multipart/form-data; boundary=x')).toBe('unreadable');
  });

  test('reads forms and files', async () => {
    const peer = await peerOf();
    const body = new FormData();
    body.set('model', 'whisper-1');
    body.set('file', new File([new Uint8Array([1, 2, 3])], 'a.wav', { type: 'audio/wav' }));
    await post(`${peer.url}/say`, { body });
    expect(peer.requests[0]?.body).toMatchObject({
      kind: 'form',
      fields: { model: 'whisper-1' },
      files: { file: { name: 'a.wav', type: 'audio/wav', content: new Uint8Array([1, 2, 3]) } },
    });
  });

  test('keeps the last requests only, and counts all', async () => {
    const peer = await peerOf({ keepRequests: 2 });
    for (let i = 0; i < 5; i++) await post(`${peer.url}/say`, { json: i });
    expect([peer.requests.map(({ number }) => number), peer.requestCount]).toEqual([[4, 5], 5]);
  });

  test('ends all that is open when it closes, once', async () => {
    const peer = await echoPeer({ script: [stall(), hang()] });
    const stalled = await post(`${peer.url}/tell`, { json: {} });
    const arrived = peer.nextRequest();
    const hanging = post(`${peer.url}/say`, { json: {} }).catch((error: unknown) => error);
    await arrived;
    await Promise.all([peer.close(), peer.close()]);
    expect((await hear(stalled)).error).toBeInstanceOf(TypeError);
    expect(await hanging).toBeInstanceOf(TypeError);
    expect(peer.requests.map(({ outcome }) => outcome.state)).toEqual(['closed', 'closed']);
  });

  test('ends its scripts when it closes', async () => {
    const peer = await echoPeer();
    const script = peer.script([hang()]);
    await peer.close();
    expect(script.endedBy).toBe('end');
  });

  test('sees a client that leaves while it uploads', async () => {
    const peer = await peerOf();
    const leaving = new AbortController();
    const body = new ReadableStream({
      async pull(chunks) {
        await new Promise((resolve) => setImmediate(resolve));
        chunks.enqueue(new Uint8Array(1000));
      },
    });
    const arrived = peer.nextRequest();
    const answer = fetch(`${peer.url}/say`, {
      ...{ method: 'POST', body, signal: leaving.signal },
      ...{ duplex: 'half' },
    });
    const { over } = await arrived;
    leaving.abort();
    await expect(answer).rejects.toThrow();
    expect((await over).state).toBe('left');
  });

  test('serves a hundred clients at once', async () => {
    const peer = await peerOf();
    const answers = await Promise.all(
      Array.from(
        { length: 100 },
        async () => (await hear(await post(`${peer.url}/tell`, { json: {} }))).text,
      ),
    );
    expect(new Set(answers).size).toBe(1);
    await Promise.all(peer.requests.map(({ over }) => over));
    expect(peer.requests.every(({ outcome }) => outcome.state === 'answered')).toBe(true);
  });

  test.each([
    ['maxBodyBytes', { maxBodyBytes: 0 }],
    ['keepRequests', { keepRequests: 0 }],
  ])('refuses %s out of range', async (name, options) => {
    await expect(echoPeer(options)).rejects.toThrow(name);
  });
});
