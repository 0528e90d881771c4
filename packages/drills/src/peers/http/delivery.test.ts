import { SimulatedClock } from '@sustain/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import { codeBelow, eventsOf, hear, post } from '../peer-client.fixture.ts';
import { echoPeer } from './echo-peer.fixture.ts';
import {
  gatewayError,
  hang,
  malformed,
  type PeerOptions,
  paced,
  reset,
  type ScriptEntry,
  slowUpload,
  stall,
  truncate,
} from './index.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const peer of open.splice(0)) await peer[Symbol.asyncDispose]();
});

async function peerOf(script: readonly ScriptEntry<string>[], options: PeerOptions<string> = {}) {
  const peer = await echoPeer({ script, ...options });
  open.push(peer);
  return peer;
}

const words = (text: string) => eventsOf(text).map((event) => (event as { word?: string }).word ?? event);

describe('a stream', () => {
  test('that stalls brings what it promised and then nothing; a client that leaves is seen', async () => {
    const peer = await peerOf([stall({ afterPieces: 2 })]);
    const leaving = new AbortController();
    const response = await post(`${peer.url}/tell`, { json: {}, signal: leaving.signal });
    const heard = await hear(response, (text) => {
      if (words(text).length === 2) leaving.abort(new Error('barge-in'));
    });
    expect([words(heard.text), heard.error]).toEqual([['a', 'b'], leaving.signal.reason]);
    const request = peer.requests[0];
    expect([(await request?.over)?.state, request?.piecesSent, request?.status]).toEqual(['left', 2, 200]);
  });

  test('that stalls may hide it behind comments', async () => {
    const clock = new SimulatedClock();
    const peer = await peerOf([stall({ afterPieces: 1, commentsEveryMs: 1000 })], { clock });
    const leaving = new AbortController();
    const response = await post(`${peer.url}/tell`, { json: {}, signal: leaving.signal });
    const heard = await hear(response, (text) => {
      if (text.split(': still at it').length > 3) leaving.abort();
      else void clock.advance(1000);
    });
    expect([words(heard.text), heard.text.match(/^: /gm)?.length]).toEqual([['a'], 3]);
  });

  test.each([
    ['cut in the middle of an event', truncate({ afterPieces: 1 }), 'data: {"word":"a"}\n\ndata: {"wo', true],
    ['ended without [DONE]', truncate({ afterPieces: 3, how: 'short' }), '"word":"c"}\n\n', false],
    ['cut in [DONE] at the latest', truncate({ afterPieces: 99 }), 'data: [', true],
  ])('is %s', async (_what, step, expected, fails) => {
    const peer = await peerOf([step]);
    const { text, error } = await hear(await post(`${peer.url}/tell`, { json: {} }));
    expect(text.includes(expected)).toBe(true);
    expect(text.includes('[DONE]')).toBe(false);
    expect(error !== undefined).toBe(fails);
    expect((await peer.requests[0]?.over)?.state).toBe('broken');
  });

  test('is reset, what came before included', async () => {
    const peer = await peerOf([reset({ afterPieces: 1 })]);
    const { text, error } = await hear(await post(`${peer.url}/tell`, { json: {} }));
    expect([words(text), codeBelow(error)]).toEqual([['a'], 'ECONNRESET']);
  });

  test('has one event that is no JSON, and goes on', async () => {
    const peer = await peerOf([malformed({ afterPieces: 1 })]);
    const { text } = await hear(await post(`${peer.url}/tell`, { json: {} }));
    expect(() => eventsOf(text)).toThrow(SyntaxError);
    expect([text.includes('"c"'), text.endsWith('data: [DONE]\n\n')]).toEqual([true, true]);
  });

  test('comes at its pace', async () => {
    const clock = new SimulatedClock();
    const peer = await peerOf([paced({ headersMs: 1000, firstPieceMs: 200, everyMs: 30 })], { clock });
    const arrived = peer.nextRequest();
    const answer = post(`${peer.url}/tell`, { json: {} });
    const request = await arrived;
    while (request.outcome.state === 'open') {
      if (clock.waitingTimers > 0) await clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await hear(await answer)).error).toBeUndefined();
    expect(request.outcome).toEqual({ state: 'answered', atMs: 1000 + 200 + 3 * 30 });
  });
});

describe('a reply in one piece', () => {
  test('is cut: less comes than its length says', async () => {
    const peer = await peerOf([truncate()]);
    const { text, error, headers } = await hear(await post(`${peer.url}/say`, { json: {} }));
    expect([text, headers.get('content-length')]).toEqual(['as e', '7']);
    expect(codeBelow(error)).toBe('UND_ERR_SOCKET');
  });

  test('is short: its length is of what comes', async () => {
    const peer = await peerOf([truncate({ how: 'short' })]);
    const { text, error, headers } = await hear(await post(`${peer.url}/say`, { json: {} }));
    expect([text, headers.get('content-length'), error]).toEqual(['as e', '4', undefined]);
  });

  test('is reset before anything comes', async () => {
    const peer = await peerOf([reset()]);
    const error = await post(`${peer.url}/say`, { json: {} }).catch((thrown: unknown) => thrown);
    expect(codeBelow(error)).toBe('ECONNRESET');
    expect(peer.requests[0]?.status).toBeUndefined();
  });

  test('never comes, and the client leaves', async () => {
    const peer = await peerOf([hang()]);
    const leaving = new AbortController();
    const arrived = peer.nextRequest();
    const answer = post(`${peer.url}/say`, { json: {}, signal: leaving.signal });
    const { over } = await arrived;
    leaving.abort(new Error('too slow'));
    await expect(answer).rejects.toThrow('too slow');
    expect((await over).state).toBe('left');
  });

  test('is what a gateway says', async () => {
    const peer = await peerOf([gatewayError({ status: 504 })]);
    const { status, headers, text } = await hear(await post(`${peer.url}/say`, { json: {} }));
    expect([status, headers.get('content-type'), text.startsWith('<html>')]).toEqual([
      504,
      'text/html',
      true,
    ]);
  });
});

test('a peer that reads slowly answers when it has read all', async () => {
  const clock = new SimulatedClock();
  const peer = await peerOf([slowUpload({ bytesPerSecond: 100_000 })], { clock });
  const arrived = peer.nextRequest();
  const answer = post(`${peer.url}/say`, { body: new Uint8Array(1_000_000) });
  const request = await arrived;
  while (request.outcome.state === 'open') {
    if (clock.waitingTimers > 0) await clock.advance(10);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect((await answer).status).toBe(200);
  expect(clock.monotonicMs()).toBeGreaterThanOrEqual(10_000);
  expect(request.body).toMatchObject({ kind: 'other', bytes: 1_000_000 });
});

test.each([
  ['afterPieces', () => stall({ afterPieces: -1 })],
  ['times', () => hang({ times: 0 })],
  ['everyMs', () => paced({ everyMs: Number.NaN })],
  ['how', () => truncate({ how: 'gone' as never })],
  ['bytesPerSecond', () => slowUpload({ bytesPerSecond: 0 })],
  ['commentsEveryMs', () => stall({ commentsEveryMs: 0 })],
])('refuses %s out of range', (name, make) => {
  expect(make).toThrow(RangeError);
  expect(make).toThrow(name);
});
