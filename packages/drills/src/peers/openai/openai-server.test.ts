import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import { malformed, stall, together, truncate } from '../http/index.ts';
import { eventsOf, hear, post } from '../peer-client.fixture.ts';
import { answer, nothing, type OpenAiServerOptions, refuse, silence } from './index.ts';
import { openAiClient, wav } from './openai-client.fixture.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const peer of open.splice(0)) await peer[Symbol.asyncDispose]();
});

async function openAi(options: OpenAiServerOptions = {}) {
  const client = await openAiClient(options);
  open.push(client.server);
  return client;
}

interface Chunk {
  readonly choices: readonly {
    readonly delta: {
      readonly content?: string;
      readonly tool_calls?: readonly {
        readonly id?: string;
        readonly function: { readonly arguments: string };
      }[];
    };
    readonly finish_reason: string | null;
  }[];
  readonly usage?: { readonly total_tokens: number } | null;
}

const toolCalls = [{ name: 'lights', arguments: { room: 'kitchen', on: true } }];

describe('chat completions', () => {
  test('are answered, with usage', async () => {
    const { chat } = await openAi();
    const completion = (await chat('hello')).json();
    expect(completion).toMatchObject({
      object: 'chat.completion',
      model: 'gpt-4o',
      choices: [
        { index: 0, message: { role: 'assistant', content: 'You said: hello' }, finish_reason: 'stop' },
      ],
      usage: { prompt_tokens: 6, completion_tokens: 4, total_tokens: 10 },
    });
    expect(completion.id).toMatch(/^chatcmpl-\w{24}$/);
  });

  test('stream: role, words, reason, usage when it is asked for, [DONE]', async () => {
    const { server, chat } = await openAi();
    server.script([answer('Good morning to you.')]);
    const { text, headers } = await chat('hi', { stream: true, stream_options: { include_usage: true } });
    const events = eventsOf(text);
    const chunks = events.slice(0, -1) as Chunk[];
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(chunks.map(({ choices }) => choices[0]?.delta.content)).toEqual([
      ...['', 'Good ', 'morning ', 'to ', 'you.'],
      ...[undefined, undefined],
    ]);
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason ?? null)).toEqual([
      ...[null, null, null, null, null],
      ...['stop', null],
    ]);
    expect([chunks.at(-1)?.usage?.total_tokens, chunks[0]?.usage, events.at(-1)]).toEqual([
      10,
      null,
      '[DONE]',
    ]);
  });

  test('call tools, plain and bit by bit', async () => {
    const { server, chat } = await openAi();
    server.script([answer({ toolCalls }, { times: 2 })]);
    const [plain] = (await chat('on')).json().choices;
    expect(plain).toMatchObject({ finish_reason: 'tool_calls', message: { content: null } });
    expect(JSON.parse(plain.message.tool_calls[0].function.arguments)).toEqual(toolCalls[0]?.arguments);
    const chunks = eventsOf((await chat('on', { stream: true })).text).slice(0, -1) as Chunk[];
    const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    expect(JSON.parse(deltas.map((delta) => delta.function.arguments).join(''))).toEqual(
      toolCalls[0]?.arguments,
    );
    expect(deltas.filter(({ id }) => id).length).toBe(1);
    expect(deltas.length).toBeGreaterThan(2);
  });

  test('may be empty, malformed, or lack [DONE]', async () => {
    const { server, chat } = await openAi();
    server.script([nothing(), malformed(), truncate({ how: 'short', afterPieces: 3 })]);
    expect((await chat('hi')).json().choices[0].message.content).toBe('');
    expect((await chat('hi')).json).toThrow(SyntaxError);
    expect(eventsOf((await chat('hi', { stream: true })).text).length).toBe(3);
  });

  test('are made of the request, and may stall with a text of their own', async () => {
    const { server, chat } = await openAi();
    server.script([answer(({ number }) => `number ${number}`), together(answer(['a', 'b', 'c']), stall())]);
    expect((await chat('hi')).json().choices[0].message.content).toBe('number 1');
    const stalled = server.nextRequest();
    const leaving = new AbortController();
    const response = await post(`${server.baseUrl}/chat/completions`, {
      json: { model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: 'hi' }] },
      signal: leaving.signal,
    });
    await hear(response, () => leaving.abort());
    expect((await (await stalled).over).state).toBe('left');
  });

  test('fail in the middle of a stream by an event', async () => {
    const { server, chat } = await openAi();
    server.script([refuse('server_error', { afterPieces: 2 })]);
    const { status, text } = await chat('hi', { stream: true });
    expect([status, eventsOf(text).at(-1)]).toMatchObject([200, { error: { type: 'server_error' } }]);
  });
});

describe('responses', () => {
  test('are answered', async () => {
    const { ask } = await openAi();
    const response = (await ask('responses', { model: 'gpt-4o', input: 'hello' })).json();
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      output: [
        { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'You said: hello' }] },
      ],
    });
  });

  test('stream numbered events, of text and of function calls', async () => {
    const { server, ask } = await openAi();
    server.script([answer(['Hi ', 'you']), answer({ toolCalls })]);
    const types = async () => {
      const { text } = await ask('responses', { model: 'gpt-4o', input: 'hello', stream: true });
      const events = eventsOf(text) as { type: string; sequence_number: number; delta?: string }[];
      expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index));
      expect(text.match(/^event: (.*)$/gm)).toEqual(events.map(({ type }) => `event: ${type}`));
      return events.map(({ type, delta = '' }) => `${type.replace('response.', '')} ${delta}`.trim());
    };
    expect(await types()).toEqual([
      ...['created', 'in_progress', 'output_item.added', 'content_part.added'],
      ...['output_text.delta Hi', 'output_text.delta you', 'output_text.done'],
      ...['content_part.done', 'output_item.done', 'completed'],
    ]);
    const calls = await types();
    expect(calls.filter((type) => type.startsWith('function_call_arguments.delta')).length).toBeGreaterThan(
      1,
    );
    expect(calls.at(-3)).toBe('function_call_arguments.done');
  });
});

describe('transcriptions', () => {
  test('are what the script says, in each format', async () => {
    const { transcribe, server } = await openAi();
    server.otherwise = answer('Turn on the light.');
    expect(JSON.parse((await transcribe({})).text).text).toBe('Turn on the light.');
    expect((await transcribe({ response_format: 'text' })).text).toBe('Turn on the light.\n');
    const verbose = JSON.parse((await transcribe({ response_format: 'verbose_json' }, wav(2))).text);
    expect(verbose).toMatchObject({ duration: 2, language: 'english', segments: [{ start: 0, end: 2 }] });
    expect(verbose.words.map(({ word }: { word: string }) => word)).toEqual(['Turn', 'on', 'the', 'light.']);
    expect((await transcribe({ response_format: 'srt' })).status).toBe(400);
  });

  test('stream', async () => {
    const { transcribe } = await openAi();
    const events = eventsOf((await transcribe({ stream: 'true' })).text);
    expect(events.slice(0, 2)).toMatchObject([
      { type: 'transcript.text.delta', delta: 'This ' },
      { type: 'transcript.text.delta', delta: 'is ' },
    ]);
    expect(events.at(-2)).toMatchObject({ type: 'transcript.text.done', text: 'This is a test.' });
  });

  test('need audio that can be read', async () => {
    const { transcribe } = await openAi();
    const { status, text } = await transcribe({}, new Uint8Array([1, 2, 3]));
    expect([status, JSON.parse(text).error]).toMatchObject([
      400,
      { param: 'file', type: 'invalid_request_error' },
    ]);
  });
});

test('the same seed and time give the same bytes', async () => {
  const bytes = async (seed: number) => {
    const { chat } = await openAi({ clock: new SimulatedClock(), random: seededRandom(seed) });
    return (await chat('hi', { stream: true })).text;
  };
  expect(await bytes(1)).toBe(await bytes(1));
  expect(await bytes(2)).not.toBe(await bytes(1));
});

test('models are listed', async () => {
  const { server } = await openAi({ models: ['mine'] });
  const list = (await (await fetch(`${server.baseUrl}/models`)).json()) as { data: { id: string }[] };
  expect(list.data.map(({ id }) => id)).toEqual(['mine']);
});

test('silence lasts as long as it was told to', async () => {
  const { server, speak } = await openAi();
  server.script([silence({ durationMs: 500 }), nothing()]);
  const sound = await (await speak({})).bytes();
  expect([sound.length, sound.some((byte) => byte !== 0)]).toEqual([24_000, false]);
  expect((await (await speak({})).bytes()).length).toBe(0);
});
