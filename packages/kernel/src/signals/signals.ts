import { type Clock, systemClock } from '../time/index.ts';

/** What happened, where and when. Signals are for those who watch; nobody's work depends on one being heard. */
export interface Signal<Data = unknown> {
  /** Dotted name, for example `breaker.changed`. */
  readonly type: string;
  /** Who says so: a component, a policy, a supervisor. */
  readonly source: string;
  /** Unix milliseconds. */
  readonly wallMs: number;
  /** Of the bus's clock: for durations between signals. */
  readonly monotonicMs: number;
  /** The operation in which it happened, where there is one. */
  readonly operationId?: string | undefined;
  readonly data: Data;
}

/** A kind of signal, and the type of its data. Made by `defineSignal`. */
export interface SignalType<Data> {
  readonly type: string;
  /** Carries the type only; never set. */
  readonly _data?: Data;
}

/** Declares a kind of signal. `type` is its dotted name, the same everywhere. */
export function defineSignal<Data>(type: string): SignalType<Data> {
  return { type };
}

export interface SignalOrigin {
  readonly source: string;
  readonly operationId?: string | undefined;
}

/** What it answers is ignored, except that a promise that rejects is counted as an error. */
export type SignalListener<Data = unknown> = (signal: Signal<Data>) => unknown;

/** Where one kind of signal goes out. Get it once, at construction, and keep it. */
export interface SignalChannel<Data> {
  /** Whether anybody listens. Ask before building the data. */
  readonly heard: boolean;
  /**
   * Calls every listener, synchronously, in the order of their arrival; within a listener, when all have heard what is
   * going out. Never throws.
   */
  emit(data: Data, origin: SignalOrigin): void;
}

/** What the bus counts since it was made; kept up to date. */
export interface SignalCounts {
  /** Errors that listeners threw, and promises of theirs that rejected. */
  readonly listenerErrors: number;
  /** The last of them. */
  readonly lastListenerError: unknown;
}

/**
 * The bus on which the kernel says what happens. It knows nobody who listens.
 *
 * Listeners run synchronously in the emitter's call, so they must be quick: hand slow work on. One that throws
 * or rejects is isolated: the others still hear, the emitter never learns, and `counts` counts it. A listener may
 * subscribe and unsubscribe while a signal goes out; the signal going out still reaches those who were there. What a
 * listener leads to is told when all have heard what led to it, so that everybody hears everything in the order in which
 * it happened; 10,000 signals that lead to each other are enough, the rest is counted as errors.
 */
export class Signals {
  /** What listeners have done wrong so far. */
  readonly counts: SignalCounts = { listenerErrors: 0, lastListenerError: undefined };

  /** Where a kind of signal goes out. */
  declare readonly channel: <Data>(type: SignalType<Data>) => SignalChannel<Data>;

  /** Listens to one kind of signal. Answers the way to stop; stopping twice is harmless. */
  declare readonly on: <Data>(type: SignalType<Data>, listener: SignalListener<Data>) => () => void;

  /** Listens to every kind of signal, present and future. */
  declare readonly onAny: (listener: SignalListener) => () => void;

  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    const counts: Writable<SignalCounts> = this.counts;
    /** Replaced, never changed, so that a signal going out keeps its listeners. Without a type it is one of all. */
    let audience: readonly Listener[] = [];
    const channels = new Map<string, SignalChannel<never>>();
    /** Of each kind those whom it concerns, until the audience changes. */
    const picked = new Map<string, readonly Listener[]>();
    /** What listeners have said while something went out; undefined while nothing does. */
    let saidMeanwhile: Telling[] | undefined;

    const gather = (next: readonly Listener[]) => {
      audience = next;
      picked.clear();
    };
    const listen = (own: Listener) => {
      gather([...audience, own]);
      return () => gather(audience.filter((other) => other !== own));
    };
    const pick = (type: string) => {
      const listeners = audience.filter((one) => (one.type ?? type) === type);
      picked.set(type, listeners);
      return listeners;
    };
    const onError = (error: unknown) => {
      counts.listenerErrors++;
      counts.lastListenerError = error;
    };
    const tell = ({ signal, listeners }: Telling) => {
      for (const { listener } of listeners) {
        try {
          (listener(signal) as Promise<unknown> | undefined)?.catch?.(onError);
        } catch (error) {
          onError(error);
        }
      }
    };

    this.on = ({ type }, listener) => listen({ type, listener: listener as SignalListener });
    this.onAny = (listener) => listen({ listener });
    this.channel = ({ type }) => {
      const channel = channels.get(type) ?? {
        get heard() {
          return (picked.get(type) ?? pick(type)).length > 0;
        },
        emit(data, { source, operationId }) {
          const listeners = picked.get(type) ?? pick(type);
          if (!listeners.length) return;
          const signal: Signal = {
            type,
            source,
            wallMs: clock.wallMs(),
            monotonicMs: clock.monotonicMs(),
            operationId,
            data,
          };
          const telling = { signal, listeners };
          if (saidMeanwhile !== undefined) {
            if (saidMeanwhile.length < MAX_NESTED) saidMeanwhile.push(telling);
            else onError(new RangeError(`${type} without end`));
            return;
          }
          saidMeanwhile = [];
          tell(telling);
          for (const next of saidMeanwhile) tell(next);
          saidMeanwhile = undefined;
        },
      };
      channels.set(type, channel);
      return channel;
    };
  }
}

/** So many signals may lead to each other before all have heard them. */
const MAX_NESTED = 10_000;

interface Listener {
  readonly type?: string;
  readonly listener: SignalListener;
}

/** A signal, and those who were there to hear it. */
interface Telling {
  readonly signal: Signal;
  readonly listeners: readonly Listener[];
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
