import { checkFunctions, checkNumber } from '../../options/index.ts';
import {
  type Attempt,
  listen,
  type Pipeline,
  type Progress,
  type RunOptions,
  unlisten,
} from '../pipeline/index.ts';
import { streamFaults } from './stream-faults.ts';

/** Where chunks come from. */
export type StreamSource<Chunk> = AsyncIterable<Chunk> | Iterable<Chunk>;

/** Opens a source. It is closed (`return`) when it is not read to its end. */
export type StreamWork<Chunk> = (attempt: Attempt) => Promise<StreamSource<Chunk>> | StreamSource<Chunk>;

export interface StreamOptions<Chunk> extends Omit<RunOptions, 'onProgress'> {
  /** Whether a chunk is what the consumer waits for: sound that is not silence, text, a tool call. Default: every one. */
  readonly isUseful?: (chunk: Chunk) => boolean;
  /** Whether a stream without a useful chunk fails of EMPTY_STREAM. Default true. */
  readonly requireOutput?: boolean;
  /** So many chunks before the first useful one are kept; with one more the stream is empty. 0 or more. Default 1000. */
  readonly maxWithheld?: number;
}

/** A pipeline whose fallbacks, if it has any, answer with sources. */
export type StreamPipeline<Chunk> = Pick<Pipeline<StreamSource<Chunk> | undefined>, 'name' | 'run'>;

/**
 * Streams under policies: the run lasts as long as the stream, so that breaker, bulkhead, retry and `streamDeadline`
 * see it as a whole, and hear of its failure while it is open. Each iteration is a run of its own, begun by its first
 * `next`; the source is read only when the consumer asks for more.
 *
 * What comes before the first useful chunk is withheld, so that a retry, a hedge or a fallback can take over unheard.
 * With that chunk it is handed over, and from then on nothing is retried or replaced. A fallback answers with a source
 * in its turn, read outside of the policies. Errors come after the chunks before them.
 *
 * A consumer that leaves early has cancelled the run; it is not waited for. When `options.signal` aborts, the iteration
 * ends at once with the signal's reason, and what was not handed over is dropped. Throws a RangeError or TypeError when
 * an option is out of range.
 */
export function stream<Chunk>(
  pipeline: StreamPipeline<Chunk>,
  work: StreamWork<Chunk>,
  options: StreamOptions<Chunk> = {},
): AsyncIterable<Chunk> {
  const { isUseful, maxWithheld = 1000 } = options;
  checkFunctions('stream', { work, isUseful });
  checkNumber('maxWithheld of a stream', maxWithheld, { least: 0 });
  return { [Symbol.asyncIterator]: () => iterate(pipeline, work, { ...options, maxWithheld }) };
}

function iterate<Chunk>(
  pipeline: StreamPipeline<Chunk>,
  work: StreamWork<Chunk>,
  options: StreamOptions<Chunk> & { readonly maxWithheld: number },
): AsyncIterator<Chunk, undefined> {
  const { isUseful = () => true, requireOutput = true, maxWithheld, signal, ...runOptions } = options;
  const leaving = new AbortController();
  /** What the consumer gets next. */
  const ready: Chunk[] = [];
  /** The attempt whose chunks are handed over. */
  let speaker: AbortSignal | undefined;
  let isOver = false;
  let failure: { readonly error: unknown } | undefined;
  /** Tells the consumer that there is more, or no more. */
  let notify: (() => void) | undefined;
  /** Tells the source that the consumer asks for more. */
  let ask: (() => void) | undefined;

  async function* handOver(): AsyncGenerator<Chunk, undefined> {
    begin();
    for (;;) {
      while (ready.length > 0) yield ready.shift() as Chunk;
      if (isOver) break;
      await new Promise<void>((resolve) => {
        notify = resolve;
        ask?.();
      });
    }
    if (failure) throw failure.error;
  }

  function begin(): void {
    if (signal?.aborted) leaving.abort(signal.reason);
    else if (signal) listen(signal, caller);
    pipeline
      .run(
        (attempt) =>
          read(
            () => work(attempt),
            attempt.signal,
            (progress) => attempt.progress(progress),
          ),
        {
          ...runOptions,
          signal: leaving.signal,
        },
      )
      .then(
        (source) =>
          source &&
          read(
            () => source,
            leaving.signal,
            () => undefined,
          ),
      )
      .then(
        () => end(),
        (error) => end({ error }),
      );
  }

  /** Reads a source to its end. Once it is open, it rejects at once when `stop` aborts. */
  async function read(
    open: () => Promise<StreamSource<Chunk>> | StreamSource<Chunk>,
    stop: AbortSignal,
    tell: (progress: Progress) => void,
  ): Promise<undefined> {
    const withheld: Chunk[] = [];
    let fail: ((reason: unknown) => void) | undefined;
    // A promise for each wait: one to race them all with would remember every one of them.
    const until = <T>(start: (resolve: (value: T) => void, reject: (error: unknown) => void) => void) =>
      new Promise<T>((resolve, reject) => {
        fail = reject;
        if (stop.aborted) reject(stop.reason);
        else start(resolve, reject);
      });
    stop.addEventListener('abort', () => fail?.(stop.reason), { once: true });
    const source = await open();
    const iterator =
      Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
    try {
      tell('connected');
      for (;;) {
        const next = await until<IteratorResult<Chunk>>((resolve, reject) => {
          Promise.resolve(iterator.next()).then(resolve, reject);
        });
        if (next.done) break;
        const useful = isUseful(next.value);
        if (useful) speaker ??= stop;
        withheld.push(next.value);
        if (speaker === stop) {
          ready.push(...withheld.splice(0));
          tell(useful ? 'output' : 'chunk');
          tell('paused');
          notify?.();
          await until<void>((resolve) => {
            ask = resolve;
          });
          tell('resumed');
        } else if (useful) throw new DOMException('another attempt has answered', 'AbortError');
        else if (withheld.length > maxWithheld) break;
        else tell('chunk');
      }
    } finally {
      void close(iterator);
    }
    if (requireOutput && speaker !== stop) {
      throw streamFaults.EMPTY_STREAM({ pipeline: pipeline.name, chunks: withheld.length });
    }
    ready.push(...withheld);
  }

  function end(why?: { readonly error: unknown }): void {
    if (isOver) return;
    isOver = true;
    failure = why;
    if (signal) unlisten(signal, caller);
    notify?.();
  }

  /** Ends it at once, for the consumer and all that is behind it. */
  function leave(reason?: unknown, why?: { readonly error: unknown }): void {
    ready.length = 0;
    end(why);
    leaving.abort(reason);
  }

  const caller = { onAbort: (error: unknown) => leave(error, { error }) };
  const chunks = handOver();
  return {
    next: () => chunks.next(),
    return() {
      leave();
      return chunks.return(undefined);
    },
  };
}

/** Tells a source that it is no longer read. */
async function close(iterator: { return?(): unknown }): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // Who has left, or has heard of another error, wants to hear no more.
  }
}
