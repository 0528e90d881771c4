import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  changesChunks,
  connectionReset,
  drifts,
  duplicatesChunks,
  type Effect,
  inject,
  isInjected,
  jitters,
  losesFrames,
  notNumbers,
  type StreamAnswer,
  silent,
  stalls,
  swapsChunks,
  truncates,
} from '../index.ts';

let clock: SimulatedClock;
beforeEach(() => {
  clock = new SimulatedClock();
});

type Chunk = Float32Array;

/** Streams of `count` chunks of 10 samples, 20 ms apart, of both kinds; says whether they were closed. */
function player(count: number) {
  const closed: string[] = [];
  async function* generated(): AsyncGenerator<Chunk> {
    try {
      for (let index = 1; index <= count; index++) {
        await clock.sleep(20);
        yield new Float32Array(10).fill(index);
      }
      closed.push('at its end');
    } finally {
      closed.push('closed');
    }
  }
  return {
    closed,
    play: async (_options?: { readonly signal?: AbortSignal }): Promise<AsyncIterable<Chunk>> => generated(),
    playReadable: (): ReadableStream<Chunk> => ReadableStream.from(generated()),
    generated,
  };
}

function broken(effect: Effect<never, StreamAnswer>, count = 10, seed = 1) {
  const rule = { effect };
  return inject(
    player(count),
    { play: rule, playReadable: rule, generated: rule },
    { clock, random: seededRandom(seed) },
  );
}

async function firstSamples(stream: AsyncIterable<Chunk>): Promise<number[]> {
  const samples: number[] = [];
  for await (const chunk of stream) samples.push(chunk[0] as number);
  return samples;
}

describe.each(['play', 'playReadable', 'generated'] as const)('a stream of %s', (method) => {
  test('is cut off after 3 chunks as if that had been all, and its source is closed', async () => {
    const { port, trace } = broken(truncates({ afterChunks: 3 }));
    expect(await clock.run(firstSamples(await port[method]()))).toEqual([1, 2, 3]);
    expect(port.closed).toEqual(['closed']);
    expect(trace).toEqual([{ method, call: 1, effect: 'truncates', what: 'after chunk 3' }]);
  });

  test('breaks off after 3 chunks with an error of the host', async () => {
    const { port } = broken(truncates({ afterChunks: 3, error: connectionReset }));
    const chunks: number[] = [];
    const read = async () => {
      for await (const chunk of await port[method]()) chunks.push(chunk[0] as number);
    };
    await expect(clock.run(read())).rejects.toSatisfy(isInjected);
    expect(chunks).toEqual([1, 2, 3]);
  });

  test('stalls after 3 chunks until the injection ends, and loses none', async () => {
    const injection = broken(stalls({ afterChunks: 3 }));
    const chunks: number[] = [];
    const reading = (async () => {
      for await (const chunk of await injection.port[method]()) chunks.push(chunk[0] as number);
    })();
    await clock.advance(20_000);
    expect(chunks).toEqual([1, 2, 3]);
    await injection.end();
    await clock.run(reading);
    expect(chunks).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test('that stalls can be left at once, and its source is closed', async () => {
    const injection = broken(stalls({ afterChunks: 1 }));
    const stream = await injection.port[method]();
    const reader =
      stream instanceof ReadableStream
        ? stream.values()
        : (stream[Symbol.asyncIterator]() as AsyncGenerator<Chunk>);
    await clock.run(reader.next() as Promise<unknown>);
    if (stream instanceof ReadableStream) {
      await clock.run(reader.return?.(undefined) as Promise<unknown>);
    } else {
      const stalled = reader.next();
      await clock.advance(100);
      await clock.run(reader.return?.(undefined) as Promise<unknown>);
      expect(await stalled).toEqual({ done: true, value: undefined });
    }
    expect(injection.port.closed).toEqual(['closed']);
    await injection.end();
    expect(clock.waitingTimers).toBe(0);
  });

  test('is silent, with the right shape', async () => {
    const { port } = broken(changesChunks(silent));
    const read = async () => {
      const chunks: Chunk[] = [];
      for await (const chunk of await port[method]()) chunks.push(chunk);
      return chunks;
    };
    expect(await clock.run(read())).toEqual(Array.from({ length: 10 }, () => new Float32Array(10)));
  });
});

test.each<[string, Effect<never, StreamAnswer>]>([
  ['truncates', truncates({ afterChunks: 20 })],
  ['stalls', stalls({ afterChunks: 20 })],
  ['losesFrames', losesFrames({ ratio: 0.9, burstFrames: 9 })],
  ['changesChunks', changesChunks(silent, { from: 2 })],
  ['duplicatesChunks', duplicatesChunks({ from: 2 })],
  ['swapsChunks', swapsChunks({ from: 2 })],
  ['drifts', drifts(500_000)],
  ['jitters', jitters(1000)],
])('of what %s has begun, the rest passes unchanged when the injection has ended', async (_name, effect) => {
  const injection = broken(effect, 60);
  const reader = injection.port.generated()[Symbol.asyncIterator]();
  const first = await clock.run(reader.next());
  await injection.end();
  const traced = injection.trace.length;
  const rest: Chunk[] = [];
  const read = async () => {
    for (let next = await reader.next(); !next.done; next = await reader.next()) rest.push(next.value);
  };
  await clock.run(read());
  const number = first.value?.[0] as number;
  expect(rest).toEqual(
    Array.from({ length: 60 - number }, (_, at) => new Float32Array(10).fill(number + at + 1)),
  );
  expect(injection.trace).toHaveLength(traced);
});

test('a stall obeys the signal of the call, as real code does', async () => {
  const injection = broken(stalls({ afterChunks: 1 }));
  const controller = new AbortController();
  const read = async () => firstSamples(await injection.port.play({ signal: controller.signal }));
  const reading = read();
  reading.catch(() => undefined);
  await clock.advance(1000);
  controller.abort(new Error('enough'));
  await expect(reading).rejects.toThrow('enough');
  expect(injection.port.closed).toEqual(['closed']);
});

test('a stall of a given time goes on by itself', async () => {
  const { port } = broken(stalls({ afterChunks: 0, forMs: 700 }), 2);
  expect(await clock.run(firstSamples(await port.play()))).toEqual([1, 2]);
  expect(clock.monotonicMs()).toBe(740);
});

test('a stream that answers more than chunks keeps it', async () => {
  const stream = Object.assign(player(2).generated(), { requestId: 'r1' });
  const { port } = inject({ open: () => stream }, { open: { effect: duplicatesChunks() } }, { clock });
  const opened = port.open();
  expect(opened.requestId).toBe('r1');
  expect(await clock.run(firstSamples(opened))).toEqual([1, 1, 2, 2]);
});

test('what answers no stream is no success of the effect', async () => {
  const { port } = inject(
    { open: async () => 'text' as unknown as AsyncIterable<Chunk> },
    { open: { effect: stalls({ afterChunks: 1 }) } },
  );
  await expect(port.open()).rejects.toThrow('a stream was to be broken, but the method answered string');
});

test('chunks come twice, or after the one that follows them, where it is said', async () => {
  const twice = broken(duplicatesChunks({ nth: [2, 4] }), 5);
  expect(await clock.run(firstSamples(await twice.port.play()))).toEqual([1, 2, 2, 3, 4, 4, 5]);
  const swapped = broken(swapsChunks({ nth: [2, 5] }), 5);
  expect(await clock.run(firstSamples(await swapped.port.play()))).toEqual([1, 3, 2, 4, 5]);
});

test('some chunks are damaged', async () => {
  const { port, trace } = broken(changesChunks(notNumbers, { every: 5 }));
  const bad: number[] = [];
  const read = async () => {
    let number = 0;
    for await (const chunk of await port.play()) if (++number && chunk.some(Number.isNaN)) bad.push(number);
  };
  await clock.run(read());
  expect(bad).toEqual([5, 10]);
  expect(trace.map(({ what }) => what)).toEqual(['chunk 5', 'chunk 10']);
});

test.each([
  ['a part of a chunk', () => stalls({ afterChunks: 1.5 }), 'afterChunks of stalls must be a whole number'],
  ['a loss of all', () => losesFrames({ ratio: 1 }), 'ratio of the effect losesFrames must be'],
  [
    'a high loss in short bursts',
    () => losesFrames({ ratio: 0.8 }),
    'burstFrames of the effect losesFrames must be',
  ],
  [
    'a misspelt turn',
    () => duplicatesChunks({ evry: 2 } as object),
    'duplicatesChunks has evry; it may have nth',
  ],
])('%s is refused where it is said', (_what, make, message) => expect(make).toThrow(message));
