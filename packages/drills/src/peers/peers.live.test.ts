import {
  breaker,
  breakerState,
  pipeline,
  quotaExhausted,
  rateLimited,
  resetBreaker,
  retry,
  SimulatedClock,
  stream,
  streamDeadline,
} from '@sustain/kernel';
import { afterEach, describe, expect, test } from 'vitest';
import { type OpenAiServer, openAiServer, quota, rateLimit, reset, stall, truncate } from './index.ts';
import { eventsOf, post } from './peer-client.fixture.ts';

let server: OpenAiServer | undefined;
afterEach(() => server?.close());

/** What a client makes of an answer that is none. */
class RefusedError extends Error {
  readonly code: string | undefined;
  readonly retryAfterMs: number;

  constructor(code: string | undefined, retryAfterMs: number) {
    super(`refused: ${code}`);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** A small client as systems have one: words as they come; it fails of a stream without [DONE]. */
async function* words(baseUrl: string, signal: AbortSignal): AsyncGenerator<string> {
  const response = await post(`${baseUrl}/chat/completions`, {
    json: { model: 'gpt-4o', stream: true, messages: [{ role: 'user', content: 'one two three' }] },
    signal,
  });
  if (!response.ok) {
    const { error } = (await response.json()) as { error: { code?: string } };
    throw new RefusedError(error.code, Number(response.headers.get('retry-after-ms') ?? 0));
  }
  let rest = '';
  for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const whole = (rest + text).split(/(?<=\n\n)/);
    rest = whole.at(-1)?.endsWith('\n\n') ? '' : (whole.pop() ?? '');
    for (const event of eventsOf(whole.join(''))) {
      if (event === '[DONE]') return;
      yield (event as { choices: { delta: { content?: string } }[] }).choices[0]?.delta.content ?? '';
    }
  }
  throw new Error('the stream ended without [DONE]');
}

const isUseful = (word: string) => word !== '';

async function all(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

describe('the kernel’s policies against the peer', () => {
  test('a stream that starts and then says nothing is given up in time, and asked for again (livekit/agents#5660)', async () => {
    server = await openAiServer({ script: [stall({ afterPieces: 1, commentsEveryMs: 20 })] });
    const { baseUrl, requests } = server;
    const policies = pipeline(retry({ maxAttempts: 2 }), streamDeadline({ firstChunkMs: 300, stallMs: 300 }));
    const startedMs = performance.now();
    const text = await all(stream(policies, ({ signal }) => words(baseUrl, signal), { isUseful }));
    const tookMs = performance.now() - startedMs;
    expect(text).toBe('You said: one two three');
    expect(tookMs).toBeGreaterThanOrEqual(300);
    expect(tookMs).toBeLessThan(3000);
    expect([(await requests[0]?.over)?.state, (await requests[1]?.over)?.state]).toEqual([
      'left',
      'answered',
    ]);
  });

  test('a stream that stalls after its first words fails in time of the phase `stall` (pipecat#5804)', async () => {
    server = await openAiServer({ script: [stall({ afterPieces: 3 })] });
    const { baseUrl, requests } = server;
    const policies = pipeline(retry(), streamDeadline({ stallMs: 200 }));
    const heard: string[] = [];
    const failure = (async () => {
      for await (const word of stream(policies, ({ signal }) => words(baseUrl, signal), { isUseful })) {
        heard.push(word);
      }
    })();
    await expect(failure).rejects.toMatchObject({ code: 'STREAM_TIMED_OUT', context: { phase: 'stall' } });
    expect([heard.join(''), requests.length, (await requests[0]?.over)?.state]).toEqual([
      'You said: ',
      1,
      'left',
    ]);
  });

  test.each([
    ['reset', reset()],
    ['cut', truncate()],
    ['ended without [DONE]', truncate({ how: 'short' })],
  ])('what is %s before the first word is asked for again', async (_what, step) => {
    server = await openAiServer({ script: [step] });
    const { baseUrl, requests } = server;
    const policies = pipeline(retry({ maxAttempts: 2 }));
    const text = await all(stream(policies, ({ signal }) => words(baseUrl, signal), { isUseful }));
    expect([text, requests.length]).toEqual(['You said: one two three', 2]);
  });
});

describe('a breaker in front of the peer', () => {
  function guarded(clock: SimulatedClock, baseUrl: string) {
    const llm = breaker({
      name: 'llm',
      isFailure: (error) => {
        if (!(error instanceof RefusedError)) return undefined;
        if (error.code === 'insufficient_quota') return quotaExhausted();
        return error.code === 'rate_limit_exceeded' ? rateLimited(error.retryAfterMs) : undefined;
      },
    });
    const policies = pipeline({ clock }, llm);
    const ask = () =>
      policies
        .run(({ signal }) => all(words(baseUrl, signal)))
        .catch((error: { code?: string }) => error.code);
    return { llm, ask };
  }

  test('keeps calls away as long as the rate limit says', async () => {
    const clock = new SimulatedClock();
    server = await openAiServer({ clock, script: [rateLimit({ perMinute: 2 })] });
    const { llm, ask } = guarded(clock, server.baseUrl);
    expect([await ask(), await ask()]).toEqual(Array(2).fill('You said: one two three'));
    expect([await ask(), await ask()]).toEqual(['rate_limit_exceeded', 'RATE_LIMITED_BY_SERVICE']);
    expect(breakerState(llm)).toMatchObject({ state: 'rate-limited', retryAfterMs: 30_000 });
    expect(server.requestCount).toBe(3);
    await clock.advance(30_000);
    expect(await ask()).toBe('You said: one two three');
  });

  test('tells a quota that has run out from that', async () => {
    const clock = new SimulatedClock();
    const granted = quota({ tokens: 10 });
    server = await openAiServer({ clock, script: [granted] });
    const { llm, ask } = guarded(clock, server.baseUrl);
    expect([await ask(), await ask(), await ask()]).toEqual([
      'You said: one two three',
      'insufficient_quota',
      'QUOTA_EXHAUSTED',
    ]);
    granted.renew();
    resetBreaker(llm);
    expect(await ask()).toBe('You said: one two three');
  });
});
