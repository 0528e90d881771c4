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
  readonly operationId?: string;
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
  return Object.freeze({ type });
}

export interface SignalOrigin {
  readonly source: string;
  readonly operationId?: string | undefined;
}

/** What it answers is ignored, except that a promise that rejects is counted as an error. */
export type SignalListener<Data = unknown> = (signal: Signal<Data>) => unknown;

/** Where one kind of signal goes out. Get it once, at construction, and keep it. */
export interface SignalChannel<Data> {
  /** Whether anybody listens. Ask before building the data: the cost of a signal nobody hears is this branch. */
  readonly heard: boolean;
  /** Calls every listener, synchronously, in the order of their arrival. Never throws. */
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
 * subscribe and unsubscribe while a signal goes out; the signal going out still reaches those who were there.
 */
export class Signals {
  readonly #clock: Clock;
  readonly #channels = new Map<string, Channel>();
  #audience: Audience = [];

  /** What listeners have done wrong so far. */
  readonly counts: SignalCounts = { listenerErrors: 0, lastListenerError: undefined };

  constructor({ clock = systemClock }: { readonly clock?: Clock } = {}) {
    this.#clock = clock;
  }

  /** The one channel of this kind of signal. */
  channel<Data>({ type }: SignalType<Data>): SignalChannel<Data> {
    let channel = this.#channels.get(type);
    if (!channel) {
      channel = createChannel(type, this.#clock, this.counts);
      channel.hear(this.#audience);
      this.#channels.set(type, channel);
    }
    return channel as SignalChannel<Data>;
  }

  /** Listens to one kind of signal. Answers the way to stop; stopping twice is harmless. */
  on<Data>({ type }: SignalType<Data>, listener: SignalListener<Data>): () => void {
    return this.#listen({ type, listener: listener as SignalListener });
  }

  /** Listens to every kind of signal, present and future. */
  onAny(listener: SignalListener): () => void {
    return this.#listen({ listener });
  }

  #listen(own: Audience[number]): () => void {
    const change = (audience: Audience) => {
      this.#audience = audience;
      for (const channel of this.#channels.values()) channel.hear(audience);
    };
    change([...this.#audience, own]);
    return () => change(this.#audience.filter((other) => other !== own));
  }
}

/** Replaced, never changed, so that a signal going out keeps its listeners. Without a type it is one of all. */
type Audience = readonly { readonly type?: string; readonly listener: SignalListener }[];

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Channel extends SignalChannel<unknown> {
  heard: boolean;
  /** Takes those of the audience whom it concerns for its listeners. */
  hear(audience: Audience): void;
}

function createChannel(type: string, clock: Clock, counts: Writable<SignalCounts>): Channel {
  let listeners: Audience = [];
  const onError = (error: unknown) => {
    counts.listenerErrors++;
    counts.lastListenerError = error;
  };
  const channel: Channel = {
    heard: false,
    hear(audience) {
      listeners = audience.filter((one) => (one.type ?? type) === type);
      channel.heard = listeners.length > 0;
    },
    emit(data, { source, operationId }) {
      if (!channel.heard) return;
      const signal: Signal = Object.freeze({
        type,
        source,
        wallMs: clock.wallMs(),
        monotonicMs: clock.monotonicMs(),
        ...(operationId && { operationId }),
        data,
      });
      for (const { listener } of listeners) {
        try {
          (listener(signal) as Promise<unknown> | undefined)?.catch?.(onError);
        } catch (error) {
          onError(error);
        }
      }
    },
  };
  return channel;
}
