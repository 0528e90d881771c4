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

/** What the bus has counted since it was made. */
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
  readonly #anyListeners = new Set<SignalListener>();
  #listenerErrors = 0;
  #lastListenerError: unknown;

  constructor(options: { readonly clock?: Clock } = {}) {
    this.#clock = options.clock ?? systemClock;
  }

  get counts(): SignalCounts {
    return { listenerErrors: this.#listenerErrors, lastListenerError: this.#lastListenerError };
  }

  /** The one channel of this kind of signal. */
  channel<Data>(type: SignalType<Data>): SignalChannel<Data> {
    return this.#channel(type.type) as SignalChannel<Data>;
  }

  /** Listens to one kind of signal. Answers the way to stop; stopping twice is harmless. */
  on<Data>(type: SignalType<Data>, listener: SignalListener<Data>): () => void {
    const channel = this.#channel(type.type);
    // A wrapper of its own, so that the same function may listen twice and each stop ends its own.
    const own: SignalListener = (signal) => listener(signal as Signal<Data>);
    channel.add(own);
    return () => channel.delete(own);
  }

  /** Listens to every kind of signal, present and future. */
  onAny(listener: SignalListener): () => void {
    const own: SignalListener = (signal) => listener(signal);
    this.#anyListeners.add(own);
    for (const channel of this.#channels.values()) channel.add(own);
    return () => {
      this.#anyListeners.delete(own);
      for (const channel of this.#channels.values()) channel.delete(own);
    };
  }

  #channel(type: string): Channel {
    let channel = this.#channels.get(type);
    if (channel === undefined) {
      channel = new Channel(type, this.#clock, (error) => this.#countError(error));
      for (const listener of this.#anyListeners) channel.add(listener);
      this.#channels.set(type, channel);
    }
    return channel;
  }

  #countError(error: unknown): void {
    this.#listenerErrors++;
    this.#lastListenerError = error;
  }
}

class Channel implements SignalChannel<unknown> {
  heard = false;
  readonly #type: string;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** Replaced, never changed, so that a signal going out keeps its audience. */
  #listeners: readonly SignalListener[] = [];

  constructor(type: string, clock: Clock, onError: (error: unknown) => void) {
    this.#type = type;
    this.#clock = clock;
    this.#onError = onError;
  }

  add(listener: SignalListener): void {
    this.#listeners = [...this.#listeners, listener];
    this.heard = true;
  }

  delete(listener: SignalListener): void {
    this.#listeners = this.#listeners.filter((other) => other !== listener);
    this.heard = this.#listeners.length > 0;
  }

  emit(data: unknown, origin: SignalOrigin): void {
    if (!this.heard) return;
    const signal: Signal = Object.freeze({
      type: this.#type,
      source: origin.source,
      wallMs: this.#clock.wallMs(),
      monotonicMs: this.#clock.monotonicMs(),
      ...(origin.operationId !== undefined && { operationId: origin.operationId }),
      data,
    });
    for (const listener of this.#listeners) {
      try {
        const answer: unknown = listener(signal);
        if (answer instanceof Promise) answer.catch(this.#onError);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
