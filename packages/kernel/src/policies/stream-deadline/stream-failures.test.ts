import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import { breaker, constant, fallback, outputFaults, pipeline, retry, stream } from '../index.ts';
import { deadlines, flaky, hear, isSpeech, type Part, sources } from './stream.fixture.ts';

describe('what went wrong elsewhere', () => {
  const twoSources = (clock: SimulatedClock, ...scripts: readonly (readonly Part[])[]) => {
    const sourced = sources(clock, ...scripts);
    const policies = pipeline(
      { clock },
      fallback(['sorry']),
      retry({ maxAttempts: 2, backoff: constant(10) }),
      deadlines,
    );
    return { ...sourced, heard: hear(clock, stream(policies, sourced.work, isSpeech)) };
  };

  test('livekit/agents#5660: the connection opens, but no useful chunk comes: the next source takes over', async () => {
    const clock = new SimulatedClock();
    const { heard, opened } = twoSources(clock, ['', 'hangs!'], [50, 'hello']);
    expect(await heard).toEqual(['560 hello', '560 end']);
    expect(opened[0]?.signal.reason).toMatchObject({
      code: 'STREAM_TIMED_OUT',
      context: { phase: 'firstChunk' },
    });
  });

  test('pipecat#5804: a stream starts and then stalls: the consumer hears of it when the stall is one', async () => {
    const clock = new SimulatedClock();
    const { heard } = twoSources(clock, [50, 'hello', 100, 'wor', 'hangs!']);
    expect(await heard).toEqual(['50 hello', '150 wor', '350 pipeline: stall later than 200 ms']);
  });

  test('pipecat#5305: a dead socket is noticed by the deadline, and what was not spoken is not handed over', async () => {
    const clock = new SimulatedClock();
    const { heard, opened } = twoSources(clock, ['', '', 'hangs!'], ['', 'hangs!']);
    expect(await heard).toEqual(['1010 sorry', '1010 end']);
    expect(opened).toHaveLength(2);
  });

  test('pipecat#5026: a success without any output is a failure, and does not keep anybody waiting', async () => {
    const clock = new SimulatedClock();
    const { heard } = twoSources(clock, ['', ''], []);
    expect(await heard).toEqual(['10 sorry', '10 end']);
    const tts = breaker({ name: 'tts', consecutive: 1 });
    const { work } = sources(clock, ['', '']);
    const empty = () => stream(pipeline({ clock, name: 'tts' }, tts), work, isSpeech);
    const error: unknown = await (async () => {
      for await (const _ of empty());
    })().catch((thrown: unknown) => thrown);
    expect(error).toSatisfy((thrown) => outputFaults.OUTPUT_REJECTED.matches(thrown));
    expect(error).toMatchObject({ retryable: true, context: { pipeline: 'tts' } });
    expect(await hear(clock, empty())).toEqual([expect.stringContaining('tts is open')]);
  });

  test('agents-js#1454: a turn of tools only is no failure where no output is required', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, ['', '']);
    const options = { ...isSpeech, requireOutput: false };
    expect(await hear(clock, stream(pipeline({ clock }), work, options))).toEqual(['0 ', '0 ', '0 end']);
  });
});

test('property: the consumer gets the chunks of one attempt, from its first on, all of them unless it fails', async () => {
  const part = fc.oneof(
    fc.constantFrom<Part>('', 'x', 'y'),
    fc.noBias(fc.integer({ min: 1, max: 400 })),
    fc.constant(flaky),
  );
  const scripts = fc.array(fc.array(part, { maxLength: 6 }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(
      scripts,
      fc.nat(300),
      fc.integer({ min: 1, max: 4 }),
      async (given, takesMs, maxAttempts) => {
        const clock = new SimulatedClock();
        const { work, opened, closed } = sources(clock, ...given);
        const policies = pipeline({ clock }, retry({ maxAttempts, backoff: constant(1) }), deadlines);
        const heard = await hear(clock, stream(policies, work, isSpeech), takesMs);
        const chunks = heard.slice(0, -1).map((line) => line.slice(line.indexOf(' ') + 1));
        const last =
          given[(opened.length - 1) % given.length]?.filter((each) => typeof each === 'string') ?? [];
        expect(last.slice(0, chunks.length)).toEqual(chunks);
        if (heard.at(-1)?.endsWith(' end')) expect(chunks).toEqual(last);
        await clock.advance(10_000);
        expect(closed.toSorted()).toEqual(opened.map((_, index) => index));
        expect(clock.waitingTimers).toBe(0);
      },
    ),
    { numRuns: 100, seed: 23 },
  );
});
