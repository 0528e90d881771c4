import { SimulatedClock } from '@sustain/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import { type OpenAiServerOptions, quota, rateLimit, refuse } from './index.ts';
import { openAiClient } from './openai-client.fixture.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const peer of open.splice(0)) await peer[Symbol.asyncDispose]();
});

async function openAi(options: OpenAiServerOptions = {}) {
  const client = await openAiClient(options);
  open.push(client.server);
  return client;
}

describe('a request that is wrong', () => {
  test.each<[string, string, object, number, string | null]>([
    ['no model', 'chat/completions', { messages: [{}] }, 400, 'missing_required_parameter'],
    ['another model', 'chat/completions', { model: 'gpt-9', messages: [{}] }, 404, 'model_not_found'],
    ['no message', 'chat/completions', { model: 'gpt-4o', messages: [] }, 400, 'missing_required_parameter'],
    ['no input', 'responses', { model: 'gpt-4o' }, 400, 'missing_required_parameter'],
    [
      'too long',
      'chat/completions',
      { model: 'gpt-4o', messages: [{ content: 'x'.repeat(999) }] },
      400,
      'context_length_exceeded',
    ],
    ['no audio', 'audio/transcriptions', { model: 'whisper-1' }, 400, null],
    ['mp3', 'audio/speech', { model: 'tts-1', input: 'a', voice: 'alloy' }, 400, null],
    [
      'a long speech',
      'audio/speech',
      { model: 'tts-1', input: 'a'.repeat(4097), voice: 'alloy' },
      400,
      'string_above_max_length',
    ],
    ['no such thing', 'embeddings', {}, 404, 'unknown_url'],
  ])('(%s) is answered as OpenAI does', async (_what, path, body, status, code) => {
    const { ask } = await openAi({ contextTokens: 100 });
    const { json, ...heard } = await ask(path, body);
    expect([heard.status, json().error.code]).toEqual([status, code]);
    expect(Object.keys(json().error)).toEqual(['message', 'type', 'param', 'code']);
  });

  test('has another key', async () => {
    const { chat } = await openAi({ token: 'sk-right' });
    const { status, json } = await chat('hi');
    expect([status, json().error]).toMatchObject([401, { code: 'invalid_api_key' }]);
  });
});

test.each<[Parameters<typeof refuse>, number, string, string | null]>([
  [['rate_limit_exceeded', { retryAfterMs: 1500 }], 429, 'requests', 'rate_limit_exceeded'],
  [['insufficient_quota'], 429, 'insufficient_quota', 'insufficient_quota'],
  [[500], 500, 'server_error', null],
  [[503], 503, 'service_unavailable_error', null],
  [[529], 529, 'server_error', null],
])('refuses as told: %j', async (args, status, type, code) => {
  const { server, chat } = await openAi();
  server.script([refuse(...args)]);
  const refused = await chat('hi');
  expect([refused.status, refused.json().error]).toMatchObject([status, { type, code, param: null }]);
  expect(refused.headers.get('retry-after')).toBe(args[1]?.retryAfterMs === undefined ? null : '2');
  expect((await chat('hi')).status).toBe(200);
});

test('a rate limit tells what is left, refuses, and lets in who comes when he was told to', async () => {
  const clock = new SimulatedClock();
  const { server, chat } = await openAi({ clock, script: [rateLimit({ perMinute: 3 })] });
  const left = async () => (await chat('hi')).headers.get('x-ratelimit-remaining-requests');
  expect([await left(), await left(), await left()]).toEqual(['2', '1', '0']);
  const { status, headers } = await chat('hi');
  expect([status, headers.get('retry-after'), headers.get('x-ratelimit-reset-requests')]).toEqual([
    ...[429, '20'],
    '1m0s',
  ]);
  await clock.advance(Number(headers.get('retry-after-ms')));
  expect([(await chat('hi')).status, (await chat('hi')).status]).toEqual([200, 429]);
  expect(server.requests.map((request) => request.status)).toEqual([200, 200, 200, 429, 200, 429]);
});

test('a quota runs out, and is renewed by hand and by time', async () => {
  const clock = new SimulatedClock();
  const granted = quota({ tokens: 15, renewEveryMs: 60_000 });
  const { chat } = await openAi({ clock, script: [granted] });
  const statuses = async (count: number) => {
    const all = [];
    for (let i = 0; i < count; i++) all.push((await chat('hello')).status);
    return all;
  };
  expect([await statuses(3), granted.leftTokens]).toEqual([[200, 200, 429], -5]);
  granted.renew();
  expect(await statuses(3)).toEqual([200, 200, 429]);
  await clock.advance(60_000);
  expect(await statuses(1)).toEqual([200]);
});
