import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import {
  type Attempt,
  constant,
  fallback,
  hedge,
  pipeline,
  retry,
  type StreamOptions,
  stream,
  streamDeadline,
  timeout,
} from '../index.ts';
import { deadlines, flaky, hear, isSpeech, sources } from './stream.fixture.ts';

describe('a stream', () => {
  test('hands over chunks as they come, and ends when they do', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, [10, 'a', 20, 'b']);
    expect(await hear(clock, stream(pipeline({ clock }, deadlines), work))).toEqual([
      '10 a',
      '30 b',
      '30 end',
    ]);
    expect(clock.waitingTimers).toBe(0);
  });

  test('may be read from an array, and a promise of one', async () => {
    const clock = new SimulatedClock();
    for (const source of [['a', 'b'], Promise.resolve(['a', 'b'])]) {
      const chunks = stream(pipeline({ clock }), () => source);
      expect(await hear(clock, chunks)).toEqual(['0 a', '0 b', '0 end']);
    }
  });

  test('reads its source only when the consumer asks for more', async () => {
    let read = 0;
    const work = function* () {
      for (;;) yield ++read;
    };
    const reader = stream(pipeline(), work).getReader();
    expect(read).toBe(0);
    expect(await reader.read()).toEqual({ done: false, value: 1 });
    await new SimulatedClock().advance(0);
    expect(read).toBe(1);
    await reader.read();
    expect(read).toBe(2);
    await reader.cancel();
  });

  test('answers in order when the consumer asks for several chunks at once', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, [5, 'a', 5, 'b']);
    const reader = stream(pipeline({ clock }), work).getReader();
    const asked = [reader.read(), reader.read(), reader.read(), reader.read()];
    const values = (await clock.run(Promise.all(asked))).map(({ value, done }) => (done ? 'end' : value));
    expect(values).toEqual(['a', 'b', 'end', 'end']);
  });

  test('counts as one call: its run lasts until its end', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, [10, 'a', 500, 'b']);
    const short = pipeline({ clock, name: 'tts' }, timeout(300));
    expect(await hear(clock, stream(short, work))).toEqual(['10 a', '300 tts: no answer within 300 ms']);
  });

  test('the time that the consumer takes is no stall of the source', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, ['a', 150, 'b', 150, 'c']);
    const heard = await hear(clock, stream(pipeline({ clock }, deadlines), work), 1000);
    expect(heard).toEqual(['0 a', '1150 b', '2300 c', '3300 end']);
  });

  test('tells an error after the chunks before it', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, ['', '', 'a', flaky]);
    const reader = stream(pipeline({ clock }), work, isSpeech).getReader();
    const next = () => reader.read().then(({ value, done }) => (done ? 'end' : value), String);
    expect([await next(), await next(), await next()]).toEqual(['', '', 'a']);
    expect(await next()).toBe('Error: flaky');
  });

  test('loses no chunk to an error after it when the consumer asks for several at once', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, ['', '', 'a', flaky]);
    const reader = stream(pipeline({ clock }), work, isSpeech).getReader();
    await Promise.all([reader.read(), reader.read()]);
    await clock.advance(0);
    expect((await reader.read()).value).toBe('a');
    await expect(reader.read()).rejects.toBe(flaky);
  });
});

describe('before the first useful chunk', () => {
  test('a retry takes over unheard', async () => {
    const clock = new SimulatedClock();
    const { work, closed } = sources(clock, ['', flaky], ['', 5, 'hello', 'world']);
    const policies = pipeline({ clock }, retry({ backoff: constant(10) }));
    expect(await hear(clock, stream(policies, work, isSpeech))).toEqual([
      '15 ',
      '15 hello',
      '15 world',
      '15 end',
    ]);
    expect(closed).toEqual([0, 1]);
  });

  test('a fallback takes over unheard, with a source of its own', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, ['', flaky]);
    const policies = pipeline({ clock }, fallback(['sorry', 'later']));
    expect(await hear(clock, stream(policies, work, isSpeech))).toEqual(['0 sorry', '0 later', '0 end']);
  });

  test('a fallback that has nothing to say either is an empty stream, and one without a source a silent one', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, [flaky]);
    const of = (answer: string[] | undefined) => stream(pipeline({ clock }, fallback(answer)), work);
    expect(await hear(clock, of([]))).toEqual(['0 pipeline: no output of use']);
    expect(await hear(clock, of(undefined))).toEqual(['0 end']);
  });

  test('no more than so many chunks are kept', async () => {
    const clock = new SimulatedClock();
    const endless = function* () {
      for (;;) yield '';
    };
    for (const requireOutput of [true, false]) {
      const chunks = stream(pipeline({ clock }), endless, { ...isSpeech, requireOutput });
      expect(await hear(clock, chunks)).toEqual(['0 pipeline: no output of use']);
    }
  });
});

describe('after the first useful chunk', () => {
  test('nothing is retried or replaced: the consumer hears the error', async () => {
    const clock = new SimulatedClock();
    const { work, opened } = sources(clock, ['hello', flaky]);
    const policies = pipeline({ clock }, fallback(['sorry']), retry({ backoff: constant(10) }));
    expect(await hear(clock, stream(policies, work))).toEqual(['0 hello', '0 flaky']);
    expect(opened).toHaveLength(1);
  });

  test('an attempt that was given up no longer speaks', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, [300, 'late'], ['hello']);
    const deaf = (attempt: Attempt) => work({ ...attempt, signal: new AbortController().signal });
    const policies = pipeline(
      { clock },
      retry({ backoff: constant(10) }),
      streamDeadline({ firstChunkMs: 100 }),
    );
    expect(await hear(clock, stream(policies, deaf))).toEqual(['110 hello', '110 end']);
    await clock.advance(1000);
  });

  test('of two attempts at once only the first to speak is heard', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, [10, '', 10, 'late', 'no'], [10, '', 5, 'hello', 10, 'there']);
    const heard = await hear(clock, stream(pipeline({ clock }, hedge({ delayMs: 0 })), work, isSpeech));
    expect(heard).toEqual(['15 ', '15 hello', '25 there', '25 end']);
  });

  test('another attempt that was told to stop says nothing any more, not even when it ends well', async () => {
    const clock = new SimulatedClock();
    const { work } = sources(clock, [10, 'hello', 100, 'there'], ['', 50]);
    const deaf = (attempt: Attempt) => work({ ...attempt, signal: new AbortController().signal });
    const policies = pipeline({ clock }, hedge({ delayMs: 0 }));
    const heard = await hear(clock, stream(policies, deaf, { ...isSpeech, requireOutput: false }));
    expect(heard).toEqual(['10 hello', '110 there', '110 end']);
  });
});

test.each<[string, StreamOptions<string>, string]>([
  ['isUseful', { isUseful: 1 as never }, 'isUseful of the stream must be a function; got 1'],
])('refuses at construction: %s', (_what, options, message) => {
  expect(() => stream(pipeline(), () => [], options)).toThrow(message);
});

test('what isUseful throws ends the stream', async () => {
  const clock = new SimulatedClock();
  const isUseful = () => {
    throw flaky;
  };
  const { work, closed } = sources(clock, ['a']);
  expect(await hear(clock, stream(pipeline({ clock }), work, { isUseful }))).toEqual(['0 flaky']);
  await clock.advance(0);
  expect(closed).toEqual([0]);
});
