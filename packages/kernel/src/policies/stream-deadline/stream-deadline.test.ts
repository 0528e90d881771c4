import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../../time/index.ts';
import {
  type Attempt,
  breaker,
  constant,
  fallback,
  pipeline,
  retry,
  type StreamDeadlineOptions,
  streamDeadline,
  timeout,
} from '../index.ts';
import { plays, type Step, trial } from './stream-deadline.fixture.ts';

const limits = { connectMs: 100, firstChunkMs: 500, stallMs: 200, totalMs: 2000 };

test.each<[string, readonly Step[], string]>([
  ['never connects', [], '100 ms: tts connect 100'],
  ['connects, and nothing more', [[50, 'connected']], '500 ms: tts firstChunk 500'],
  [
    'sends chunks of no use only',
    [
      [50, 'chunk'],
      [450, 'chunk'],
    ],
    '500 ms: tts firstChunk 500',
  ],
  ['stalls after the first useful chunk', [[50, 'output']], '250 ms: tts stall 200'],
  [
    'stalls later',
    [
      [50, 'output'],
      [200, 'output'],
      [390, 'output'],
    ],
    '590 ms: tts stall 200',
  ],
  [
    'hides a stall behind keep-alives',
    [
      [50, 'output'],
      [150, 'chunk'],
      [249, 'chunk'],
    ],
    '250 ms: tts stall 200',
  ],
  [
    'ends in time',
    [
      [50, 'connected'],
      [400, 'output'],
      [599, 'output'],
      [700, 'end'],
    ],
    '700 ms: ended',
  ],
  [
    'goes on and on',
    Array.from({ length: 99 }, (_, i) => [i * 100, 'output'] as const),
    '2000 ms: tts total 2000',
  ],
  [
    'waits for a slow consumer',
    [
      [50, 'output'],
      [60, 'paused'],
      [5060, 'resumed'],
      [5249, 'output'],
      [5448, 'end'],
    ],
    '5448 ms: ended',
  ],
  [
    'stalls after a pause',
    [
      [50, 'output'],
      [60, 'paused'],
      [5060, 'resumed'],
    ],
    '5250 ms: tts stall 200',
  ],
  [
    'is asked for more without a pause',
    [
      [50, 'output'],
      [100, 'resumed'],
    ],
    '250 ms: tts stall 200',
  ],
])('a stream that %s is late when it is', async (_what, steps, expected) => {
  expect(await trial(limits, steps)).toBe(expected);
});

test.each<[keyof StreamDeadlineOptions, string]>([
  ['connectMs', '70 ms: tts connect 70'],
  ['firstChunkMs', '70 ms: tts firstChunk 70'],
  ['totalMs', '70 ms: tts total 70'],
])('%s alone limits just that', async (name, expected) => {
  expect(await trial({ [name]: 70 }, [])).toBe(expected);
});

test('while nothing is due no timer waits but the work’s own', async () => {
  const clock = new SimulatedClock();
  const run = pipeline({ clock }, streamDeadline({ stallMs: 10 })).run(() => clock.sleep(1000));
  expect(clock.waitingTimers).toBe(1);
  await clock.run(run);
});

describe('a stream deadline', () => {
  test('tells the work to stop, with the fault as the reason, and leaves no timer', async () => {
    const clock = new SimulatedClock();
    let signal: AbortSignal | undefined;
    const run = pipeline({ clock }, streamDeadline({ firstChunkMs: 50 })).run((attempt) => {
      signal = attempt.signal;
      return new Promise(() => undefined);
    });
    const error: unknown = await clock.run(run).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ retryable: true, message: 'pipeline: firstChunk later than 50 ms' });
    expect(signal?.reason).toBe(error);
    expect(clock.waitingTimers).toBe(0);
  });

  test('gives each attempt its own time, and does not hear of attempts that have ended', async () => {
    const clock = new SimulatedClock();
    const attempts: Attempt[] = [];
    const policies = pipeline(
      { clock },
      retry({ backoff: constant(10) }),
      streamDeadline({ firstChunkMs: 50 }),
    );
    const run = policies.run((attempt) => {
      attempts[0]?.progress('output');
      attempts.push(attempt);
      return new Promise(() => undefined);
    });
    await expect(clock.run(run)).rejects.toThrow('firstChunk');
    expect([attempts.length, clock.monotonicMs()]).toEqual([3, 170]);
  });

  test('is not told what a fallback outside says of its own progress', async () => {
    const clock = new SimulatedClock();
    const other = fallback(async (_error, attempt) => {
      attempt.progress('output');
      await clock.sleep(5000);
      return 'other';
    });
    const run = pipeline({ clock }, other, streamDeadline(limits)).run(() => Promise.reject(new Error('no')));
    expect(await clock.run(run)).toBe('other');
  });

  test('the breaker outside of it counts a stall while the stream is still open', async () => {
    const clock = new SimulatedClock();
    const llm = breaker({ name: 'llm', consecutive: 1 });
    const policies = pipeline({ clock }, llm, streamDeadline(limits));
    await expect(clock.run(policies.run(plays(clock, [[50, 'output']])))).rejects.toThrow('stall');
    expect(clock.monotonicMs()).toBe(250);
    await expect(policies.run(() => 1)).rejects.toMatchObject({ code: 'CIRCUIT_OPEN' });
  });

  test('the caller’s own abort, and a timeout outside, are not reported as late', async () => {
    const clock = new SimulatedClock();
    const caller = new AbortController();
    const reason = new Error('barge-in');
    const run = pipeline({ clock }, streamDeadline(limits)).run(() => new Promise(() => undefined), {
      signal: caller.signal,
    });
    clock.schedule(20, () => caller.abort(reason));
    await expect(clock.run(run)).rejects.toBe(reason);
    const outer = pipeline({ clock }, timeout(30), streamDeadline(limits)).run(
      () => new Promise(() => undefined),
    );
    await expect(clock.run(outer)).rejects.toMatchObject({ code: 'TIMED_OUT' });
    expect([clock.monotonicMs(), clock.waitingTimers]).toEqual([50, 0]);
  });

  test('a thousand streams at once are each late at their own time', async () => {
    const clock = new SimulatedClock();
    const policies = pipeline({ clock }, streamDeadline(limits));
    const ended = Array.from({ length: 1000 }, async (_, index) => {
      await policies.run(plays(clock, [[index % 99, 'output']])).catch(() => undefined);
      return clock.monotonicMs();
    });
    expect(await clock.run(Promise.all(ended))).toEqual(ended.map((_, index) => (index % 99) + 200));
    expect(clock.waitingTimers).toBe(0);
  });
});

test.each<[string, () => unknown, string]>([
  [
    '0',
    () => streamDeadline({ connectMs: 0 }),
    'connectMs of a stream deadline must be a number above 0; got 0',
  ],
  ['NaN', () => streamDeadline({ stallMs: Number.NaN }), 'stallMs of a stream deadline must be'],
  ['no number', () => streamDeadline({ totalMs: '5' as never }), 'totalMs of a stream deadline must be'],
  ['negative', () => streamDeadline({ firstChunkMs: -1 }), 'firstChunkMs of a stream deadline must be'],
])('refuses at construction: %s', (_what, make, message) => {
  expect(make).toThrow(message);
});
