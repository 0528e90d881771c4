import { checkOptions, FUNCTION } from '../../options/index.ts';
import { outputFaults } from '../output-faults.ts';
import { type Attempt, listen, type Pipeline, type RunOptions, unlisten } from '../pipeline/index.ts';

/** Where chunks come from. */
export type StreamSource<Chunk> = AsyncIterable<Chunk> | Iterable<Chunk>;

/** Opens a source, which ends its waits when `attempt.signal` aborts. */
export type StreamWork<Chunk> = (attempt: Attempt) => Promise<StreamSource<Chunk>> | StreamSource<Chunk>;

export interface StreamOptions<Chunk> extends Omit<RunOptions, 'onProgress'> {
  /** Whether a chunk is what the consumer waits for: sound that is not silence, text, a tool call. Default: every one. */
  readonly isUseful?: (chunk: Chunk) => boolean;
  /** Whether a stream without a useful chunk fails of OUTPUT_REJECTED. Default true. */
  readonly requireOutput?: boolean;
}

/** A pipeline whose fallbacks, if it has any, answer with sources. */
export type StreamPipeline<Chunk> = Pick<Pipeline<StreamSource<Chunk> | undefined>, 'name' | 'run'>;

/**
 * Streams under policies: the run lasts as long as the stream, so that breaker, bulkhead, retry and `streamDeadline`
 * see it as a whole, and hear of its failure while it is open. It begins when the consumer first asks for a chunk; the
 * source is read only when the consumer asks for more. The stream can be read once: `for await`, or by its reader.
 *
 * What comes before the first useful chunk is withheld, so that a retry, a hedge or a fallback can take over unheard; with
 * more than 1000 of such chunks it fails like a stream without any, of OUTPUT_REJECTED. With that chunk it is handed
 * over, and from then on nothing is retried or replaced. A fallback answers with a source in its turn, read outside of
 * the policies. An error of the source comes after the chunks before it.
 *
 * A consumer that leaves early, or cancels the stream, has cancelled the run; it is not waited for. When `options.signal`
 * aborts, the stream fails at once of the signal's reason, and what was not handed over is dropped. A source that is not
 * read to its end is closed (`return`) as soon as it lets go: to end a wait is its part, by `attempt.signal`. Throws a
 * TypeError when an option is out of range.
 */
export function stream<Chunk>(
  pipeline: StreamPipeline<Chunk>,
  work: StreamWork<Chunk>,
  options: StreamOptions<Chunk> = {},
): ReadableStream<Chunk> {
  const { isUseful = () => true, requireOutput = true, signal, ...runOptions } = options;
  checkOptions('stream', { work: [work, FUNCTION], isUseful: [isUseful, FUNCTION] });
  const leaving = new AbortController();
  /** The consumer wants a chunk, and none is there. */
  let ask: (chunks: ReadableStreamDefaultController<Chunk>) => void = begin;

  function begin(chunks: ReadableStreamDefaultController<Chunk>): void {
    ask = nothing;
    const caller = {
      onAbort(reason: unknown) {
        leaving.abort(reason);
        chunks.error(reason);
      },
    };
    if (signal?.aborted) caller.onAbort(signal.reason);
    else if (signal) listen(signal, caller);
    pipeline
      .run((attempt) => read(work(attempt), attempt), { ...runOptions, signal: leaving.signal })
      .then((source) => source && read(source, { signal: leaving.signal, progress: nothing }))
      .then(() => chunks.close())
      // Harmless when the consumer has left.
      .catch((error) => chunks.error(error))
      .finally(() => signal && unlisten(signal, caller));

    /** Reads a source to its end, or until its attempt is told to stop. */
    async function read(
      opening: Promise<StreamSource<Chunk>> | StreamSource<Chunk>,
      attempt: Pick<Attempt, 'signal' | 'progress'>,
    ): Promise<undefined> {
      const withheld: Chunk[] = [];
      let speaks = false;

      function handOver(): void {
        if (attempt.signal.aborted) return;
        for (const chunk of withheld.splice(0)) chunks.enqueue(chunk);
      }

      const askedForMore = () =>
        new Promise<unknown>((resolve) => {
          ask = resolve;
        });

      attempt.signal.addEventListener('abort', () => ask(chunks), { once: true });
      const source = await opening;
      attempt.progress('connected');
      for await (const chunk of source) {
        const useful = isUseful(chunk);
        speaks ||= useful;
        withheld.push(chunk);
        attempt.progress(useful ? 'output' : 'chunk');
        if (attempt.signal.aborted) return;
        if (speaks) {
          let asked = askedForMore();
          handOver();
          // Asked for while it was handed over: not for more than that.
          if (chunks.desiredSize) asked = askedForMore();
          attempt.progress('paused');
          await asked;
          if (attempt.signal.aborted) return;
          attempt.progress('resumed');
        } else if (withheld.length > MOST_WITHHELD) break;
      }
      if (!speaks && (requireOutput || withheld.length > MOST_WITHHELD)) {
        throw outputFaults.OUTPUT_REJECTED({ pipeline: pipeline.name });
      }
      handOver();
    }
  }

  return new ReadableStream(
    { pull: (chunks) => ask(chunks), cancel: (reason) => leaving.abort(reason) },
    { highWaterMark: 0 },
  );
}

const MOST_WITHHELD = 1000;
const nothing = () => undefined;
