import { checkFunctions } from '../../options/index.ts';
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
}

/** A pipeline whose fallbacks, if it has any, answer with sources. */
export type StreamPipeline<Chunk> = Pick<Pipeline<StreamSource<Chunk> | undefined>, 'name' | 'run'>;

/**
 * Streams under policies: the run lasts as long as the stream, so that breaker, bulkhead, retry and `streamDeadline`
 * see it as a whole, and hear of its failure while it is open. Each iteration is a run of its own, begun by its first
 * `next`; the source is read only when the consumer asks for more.
 *
 * What comes before the first useful chunk is withheld, so that a retry, a hedge or a fallback can take over unheard; with
 * more than 1000 of such chunks the stream is an empty one.
 * With that chunk it is handed over, and from then on nothing is retried or replaced. A fallback answers with a source
 * in its turn, read outside of the policies. Errors come after the chunks before them.
 *
 * A consumer that leaves early has cancelled the run; it is not waited for. When `options.signal` aborts, the iteration
 * ends at once with the signal's reason, and what was not handed over is dropped. Throws a TypeError when
 * an option is out of range.
 */
export function stream<Chunk>(
  pipeline: StreamPipeline<Chunk>,
  work: StreamWork<Chunk>,
  options: StreamOptions<Chunk> = {},
): AsyncIterable<Chunk> {
  const { isUseful = () => true, requireOutput = true, signal, ...runOptions } = options;
  checkFunctions('stream', { work, isUseful });

  function iterate(): AsyncIterator<Chunk, undefined> {
    const leaving = new AbortController();
    /** What the consumer gets next. */
    const ready: Chunk[] = [];
    /** The attempt whose chunks are handed over. */
    let speaker: AbortSignal | undefined;
    /** Ends the iteration, or fails it, when all is handed over. */
    let outcome: (() => undefined) | undefined;
    /** Tells the consumer that there is more, or no more. */
    let notify: (() => void) | undefined;
    /** Tells the source that the consumer asks for more. */
    let ask: (() => void) | undefined;

    async function* handOver(): AsyncGenerator<Chunk, undefined> {
      signal?.throwIfAborted();
      if (signal) listen(signal, caller);
      pipeline
        .run(
          (attempt) =>
            read(
              () => work(attempt),
              attempt.signal,
              (progress) => attempt.progress(progress),
            ),
          { ...runOptions, signal: leaving.signal },
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
        .then(() => end(() => undefined), fail);
      for (;;) {
        while (ready.length) yield ready.shift() as Chunk;
        if (outcome) return outcome();
        await new Promise<void>((resolve) => {
          notify = resolve;
          ask?.();
        });
      }
    }

    /** Reads a source to its end. Once it is open, it rejects at once when `stop` aborts. */
    async function read(
      open: () => Promise<StreamSource<Chunk>> | StreamSource<Chunk>,
      stop: AbortSignal,
      tell: (progress: Progress) => void,
    ): Promise<undefined> {
      const withheld: Chunk[] = [];
      let interrupt: ((reason: unknown) => void) | undefined;
      // A promise for each wait: one to race them all with would remember every one of them.
      const wait = <T>(start: () => Promise<T> | T) =>
        new Promise<T>((resolve, reject) => {
          interrupt = reject;
          if (stop.aborted) reject(stop.reason);
          else Promise.resolve(start()).then(resolve, reject);
        });
      stop.addEventListener('abort', () => interrupt?.(stop.reason), { once: true });
      const source = await open();
      const iterator: Iterator<Chunk> | AsyncIterator<Chunk> =
        Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
      try {
        tell('connected');
        while (withheld.length <= 1000) {
          const { done, value } = await wait(() => iterator.next());
          if (done) break;
          const useful = isUseful(value);
          if (useful) speaker ??= stop;
          withheld.push(value);
          const speaks = speaker === stop;
          if (speaks) ready.push(...withheld.splice(0));
          tell(speaks && useful ? 'output' : 'chunk');
          if (!speaks) continue;
          tell('paused');
          notify?.();
          await wait(
            () =>
              new Promise<void>((resolve) => {
                ask = resolve;
              }),
          );
          tell('resumed');
        }
      } finally {
        // Who has left, or has heard of another error, wants to hear no more.
        (async () => iterator.return?.())().catch(() => undefined);
      }
      if (requireOutput && speaker !== stop) {
        throw streamFaults.EMPTY_STREAM({ pipeline: pipeline.name, chunks: withheld.length });
      }
      ready.push(...withheld);
    }

    function end(how: () => undefined): void {
      outcome ??= how;
      if (signal) unlisten(signal, caller);
      notify?.();
    }

    function fail(error: unknown): void {
      end(() => {
        throw error;
      });
    }

    /** What is behind the consumer ends at once, and so does the consumer. */
    function leave(reason?: unknown): void {
      ready.length = 0;
      leaving.abort(reason);
    }

    const caller = {
      onAbort(reason: unknown) {
        fail(reason);
        leave(reason);
      },
    };
    const chunks = handOver();
    return {
      next: () => chunks.next(),
      return() {
        end(() => undefined);
        leave();
        return chunks.return(undefined);
      },
    };
  }

  return { [Symbol.asyncIterator]: iterate };
}
