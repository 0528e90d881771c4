import type { Call, PauseOptions } from '../call.ts';
import { Ending } from '../ending.ts';
import { overlay } from '../overlay.ts';
import { isThenable } from '../thenable.ts';

/** What methods answer that answer streams. */
export type StreamAnswer = Stream | Promise<Stream>;

type Stream = AsyncIterable<unknown> | ReadableStream<unknown>;

/** What a stream in such an answer consists of. */
export type ChunkOf<Answer> =
  Awaited<Answer> extends AsyncIterable<infer Chunk>
    ? Chunk
    : Awaited<Answer> extends ReadableStream<infer Chunk>
      ? Chunk
      : never;

/** Chunks come in, others go out. It must ask for a chunk only when one is wanted of it, as generators do. */
export type ChunkEffect = (chunks: AsyncIterable<unknown>, stream: StreamCall) => AsyncGenerator<unknown>;

/** The call that answered the stream; its pauses also end when the reader has had enough. */
export type StreamCall = Pick<Call, 'random' | 'clock' | 'isBroken' | 'note'> & {
  pause(delayMs: number, options?: Pick<PauseOptions, 'deaf'>): Promise<void>;
};

/** Breaks the stream in what a call has answered. Throws a TypeError, or rejects with it, when there is none. */
export function breakStream(answer: unknown, effect: ChunkEffect, call: Call<unknown>): unknown {
  if (isThenable(answer)) return Promise.resolve(answer).then((stream) => breakStream(stream, effect, call));
  if (answer instanceof ReadableStream) return brokenReadable(answer, effect, call);
  if (typeof (answer as Partial<AsyncIterable<unknown>> | null)?.[Symbol.asyncIterator] === 'function') {
    return brokenIterable(answer as AsyncIterable<unknown>, effect, call);
  }
  throw new TypeError(
    `a stream was to be broken, but the method answered ${answer === null ? null : typeof answer}`,
  );
}

/** It keeps all that it has besides its chunks, such as an id of the request. */
function brokenIterable(
  stream: AsyncIterable<unknown> & Partial<AsyncIterator<unknown>>,
  effect: ChunkEffect,
  call: Call,
): object {
  const isIterator = typeof stream.next === 'function';
  const only = isIterator ? new BrokenStream(stream as AsyncIterator<unknown>, effect, call) : undefined;
  const shown: object = overlay(stream, (name, method, self, args) => {
    if (name === Symbol.asyncIterator) {
      return only ? shown : new BrokenStream(stream[Symbol.asyncIterator](), effect, call);
    }
    if (only && name === 'next') return only.next();
    if (only && name === 'return') return only.return(args[0]);
    if (only && name === Symbol.asyncDispose) return only.return(undefined).then(() => undefined);
    return Reflect.apply(method, self, args);
  });
  return shown;
}

function brokenReadable(stream: ReadableStream<unknown>, effect: ChunkEffect, call: Call): ReadableStream {
  const reader = stream.getReader();
  const source: AsyncIterator<unknown> = {
    next: () => reader.read() as Promise<IteratorResult<unknown>>,
    return: async (reason) => {
      await reader.cancel(reason);
      return { done: true, value: undefined };
    },
  };
  const broken = new BrokenStream(source, effect, call);
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await broken.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        await broken.return(reason);
      },
    },
    { highWaterMark: 0 }, // It asks for a chunk only when its reader does.
  );
}

class BrokenStream implements AsyncIterableIterator<unknown> {
  readonly #source: AsyncIterator<unknown>;
  readonly #chunks: AsyncGenerator<unknown>;
  readonly #over = new Ending();
  #sourceDone = false;

  constructor(source: AsyncIterator<unknown>, effect: ChunkEffect, call: Call) {
    this.#source = source;
    const next = async () => {
      try {
        const result = await source.next();
        this.#sourceDone ||= result.done === true;
        return result;
      } catch (error) {
        this.#sourceDone = true;
        throw error;
      }
    };
    const over = this.#over;
    this.#chunks = effect(
      { [Symbol.asyncIterator]: () => ({ next }) },
      {
        random: call.random,
        clock: call.clock,
        get isBroken() {
          return call.isBroken;
        },
        note: (what) => call.note(what),
        pause: (delayMs, options) => call.pause(delayMs, { ...options, over }),
      },
    );
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<IteratorResult<unknown>> {
    try {
      const result = await this.#chunks.next();
      if (result.done) await this.#closeSource();
      return this.#over.ended ? { done: true, value: undefined } : result;
    } catch (error) {
      await this.#closeSource().catch(() => undefined); // As `for await` does: what came first is told.
      throw error;
    }
  }

  /** Does not wait for a chunk that is on its way, nor for a pause: whoever has had enough may go at once. */
  async return(value: unknown): Promise<IteratorResult<unknown>> {
    this.#over.end();
    await this.#closeSource(value);
    return { done: true, value };
  }

  async #closeSource(value?: unknown): Promise<void> {
    if (this.#sourceDone) return;
    this.#sourceDone = true;
    await this.#source.return?.(value);
  }
}
