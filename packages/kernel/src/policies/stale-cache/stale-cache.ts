import { isCancelled } from '../../faults/index.ts';
import { COUNT, checkOptions, FUNCTION } from '../../options/index.ts';
import {
  type Attempt,
  type Environment,
  type Inside,
  type Layer,
  layer,
  type Policy,
  type RunOptions,
} from '../pipeline/index.ts';
import { revalidationFailed, type StaleAnswer, staleServed } from './stale-cache-signals.ts';

export interface StaleCacheOptions<T = never, S = never> {
  /** The source of its signals. */
  readonly name: string;
  /** For so long an answer is as good as a new one. 0 or more. */
  readonly freshMs: number;
  /** For so long after that, an answer is given while a new one is fetched in the background. 0 or more. Default 0. */
  readonly staleWhileRevalidateMs?: number;
  /** For so long after `freshMs`, an answer is given when a new one cannot be had. 0 or more. Default 0. */
  readonly staleIfErrorMs?: number;
  /** How many answers are kept; the one that was not asked for longest goes first. A whole number, 1 or more. Default 1000. */
  readonly maxEntries?: number;
  /** Whether an answer may be kept; one that may not takes the place of what is kept. Default: not undefined and null. */
  readonly isGood?: (value: T) => boolean;
  /** Makes what the caller gets of an answer that is stale, to tell it so. Default: the answer itself. */
  readonly asStale?: (value: T, stale: StaleAnswer) => S;
}

/** A cache, shared by all pipelines that it is used in; their clock must be the same. */
export interface StaleCache<Adds = never, Takes = unknown> extends Policy<Adds, Takes> {
  readonly name: string;
  /** How many answers are kept. */
  readonly size: number;
  /** Forgets the answer of a key, and keeps none that is being fetched now; without a key, of all keys. */
  invalidate(key?: string): void;
}

/**
 * Answers from what was answered before, and calls the work once for all who want the same at the same time. Failures
 * are not kept. Throws a RangeError or TypeError when an option is out of range.
 *
 * Ages are elapsed time since the answer came, with the meanings of RFC 5861: `staleWhileRevalidateMs` and `staleIfErrorMs`
 * both count from the end of `freshMs`. Who wants to know that an answer is stale says `asStale`; the signal
 * `stale-cache.served` tells it with the operation of the run. After output was delivered, and when the run was cancelled,
 * no stale answer stands in.
 *
 * Who joins a call that is under way leaves it alone when stopped; the work is told to stop when the last one leaves. A
 * revalidation in the background goes on whoever leaves; it runs the work of the call that found the answer stale.
 *
 * Order: outermost, but for a fallback; what is inside, retries and breakers, is done once for all who wait. A cache
 * outside of a timeout keeps what a joiner waits for limited by that of the first; one inside limits each by its own.
 */
export function staleCache<T = never, S = never>(
  options: StaleCacheOptions<T, S>,
): StaleCache<S, [T] extends [never] ? unknown : T> {
  const {
    name,
    freshMs,
    staleWhileRevalidateMs = 0,
    staleIfErrorMs = 0,
    maxEntries = 1000,
    isGood = (value) => value != null,
    asStale = (value) => value,
  } = options as StaleCacheOptions<unknown, unknown>;
  const what = `stale-cache ${name}`;
  checkOptions(what, {
    freshMs: [freshMs, AGE],
    staleWhileRevalidateMs: [staleWhileRevalidateMs, AGE],
    staleIfErrorMs: [staleIfErrorMs, AGE],
    maxEntries: [maxEntries, COUNT],
    isGood: [isGood, FUNCTION],
    asStale: [asStale, FUNCTION],
  });
  /** The one that was asked for last is the last. */
  const entries = new Map<string, Entry>();
  const flights = new Map<string, Flight>();

  function keep(key: string, entry: Entry): void {
    entries.delete(key);
    entries.set(key, entry);
    if (entries.size > maxEntries) entries.delete(entries.keys().next().value as string);
  }

  function attach(_level: number, { clock, signals }: Environment): Layer {
    const served = signals.channel(staleServed);
    const failed = signals.channel(revalidationFailed);

    const ageMsOf = ({ atMs }: Entry) => clock.monotonicMs() - atMs;

    async function around(inside: Inside, attempt: Attempt, { key }: RunOptions): Promise<unknown> {
      const { signal, operation } = attempt;
      let delivered = false;
      const onProgress: RunOptions['onProgress'] = (progress) => {
        delivered ||= progress === 'output';
        attempt.progress(progress);
      };
      if (key === undefined) return inside({ signal, operation, onProgress });
      const origin = { source: name, operationId: operation.id };

      const fly = (options: RunOptions): Flight => {
        const work = new AbortController();
        const land = () => flights.get(key) === flight && flights.delete(key);
        const answer = inside({ operation, ...options, signal: work.signal })
          .then((value) => {
            const good = isGood(value);
            if (land()) {
              entries.delete(key);
              if (good) keep(key, { value, atMs: clock.monotonicMs() });
            }
            return value;
          })
          .finally(land);
        const abort = (reason: unknown) => {
          land();
          work.abort(reason);
        };
        const flight = { answer, abort, waiters: 0 };
        flights.set(key, flight);
        return flight;
      };

      const serve = (entry: Entry, failure?: Pick<StaleAnswer, 'error'>) => {
        const stale = { key, ageMs: ageMsOf(entry), ...failure };
        keep(key, entry);
        if (stale.ageMs < freshMs) return entry.value;
        served.emit(stale, origin);
        return asStale(entry.value, stale);
      };

      let entry = entries.get(key);
      let flight = flights.get(key);
      if (entry && ageMsOf(entry) < freshMs + staleWhileRevalidateMs) {
        if (ageMsOf(entry) >= freshMs && !flight) {
          flight = fly({ onProgress: undefined, deadlineMs: undefined });
          flight.waiters++;
          flight.answer.catch((error) => failed.emit({ key, error }, origin));
        }
        return serve(entry);
      }
      try {
        return await join(flight ?? fly({ onProgress }), signal);
      } catch (error) {
        entry = entries.get(key);
        const isOver = delivered || signal.aborted || isCancelled(error);
        if (!entry || isOver || ageMsOf(entry) >= freshMs + staleIfErrorMs) throw error;
        return serve(entry, { error });
      }
    }

    return layer({ around });
  }

  return Object.freeze({
    kind: 'stale-cache',
    name,
    get size() {
      return entries.size;
    },
    invalidate(key?: string) {
      for (const map of [entries, flights]) {
        if (key === undefined) map.clear();
        else map.delete(key);
      }
    },
    attach,
  });
}

const AGE = { least: 0 };

interface Entry {
  readonly value: unknown;
  readonly atMs: number;
}

/** A call of the work that all who want the same wait for. */
interface Flight {
  readonly answer: Promise<unknown>;
  /** Nobody waits any more. */
  abort(reason: unknown): void;
  /** How many wait for it; a revalidation for itself. */
  waiters: number;
}

/** Who leaves while others wait leaves at once; the last one waits for the work that it told to stop. */
function join(flight: Flight, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      if (--flight.waiters) reject(signal.reason);
      else flight.abort(signal.reason);
    };
    flight.waiters++;
    flight.answer.then(resolve, reject);
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}
