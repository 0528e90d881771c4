import type { Random } from '@sustain/kernel';

/** Up is from the client to the server, down is back. */
export type Direction = 'up' | 'down';

/** Something that a proxy does to connections, or to its port, while it is there: `proxy.add`. */
export type Toxic = FlowToxic | PortToxic;

/** Done to what flows through connections. */
export interface FlowToxic extends ToxicWords {
  readonly on: 'flow';
  /** What it does to one direction of one connection. All chance comes from `random`. */
  readonly stage: (random: Random) => Stage;
  /** Which connections it comes upon when it is not said. Default `all`. */
  readonly connections?: WhichConnections;
  /** Whose side of the connection is gone at once, while the other side does not notice. */
  readonly takesAway?: 'client' | 'server';
  /** Whether connections are reset as soon as it comes upon them. Default false. */
  readonly resetsAtOnce?: boolean;
  /** Whether a connection that it has hit cannot flow again and is reset when it is ended. Default false. */
  readonly breaksForGood?: boolean;
}

/** Those that are open when a toxic is added, those that come while it is there, or all of these. */
export type WhichConnections = 'all' | 'open' | 'new';

/** Closes the port: new connections are refused, open ones stay. */
export interface PortToxic extends ToxicWords {
  readonly on: 'port';
}

interface ToxicWords {
  /** In words: `latency of 100 ms`. */
  readonly what: string;
  /** How it differs from the real thing, in words, if it does. */
  readonly substitute?: string;
}

/**
 * Decides what becomes of what flows, and does nothing itself. Asked in the order of arrival, about one thing after the
 * other: the next one when the one before has gone. `arrivedMs` is monotonic.
 */
export interface Stage {
  /** About bytes (at least one); asked again about the `rest`. It does not change them. */
  bytes(bytes: Buffer, arrivedMs: number): Fate;
  /** About the sender's end (FIN) or reset (RST). Default: it passes at once. */
  close?(how: 'end' | 'reset', arrivedMs: number): CloseFate;
  /** How much it holds before the sender has to wait. Default 0: one chunk, of up to 64 KiB. */
  readonly windowBytes?: number;
}

export type Fate =
  /** They go on, not before `atMs`. What is left of them is decided next. */
  | { readonly fate: 'pass'; readonly bytes: Buffer; readonly atMs: number; readonly rest?: Buffer }
  /** They go on, then comes an end; whatever follows is lost. */
  | { readonly fate: 'end'; readonly bytes: Buffer }
  /** They go on, then both sides are reset. */
  | { readonly fate: 'reset'; readonly bytes: Buffer }
  | Lost
  | Held;

export type CloseFate = { readonly fate: 'pass'; readonly atMs: number } | Lost | Held;

/** Nobody gets it. */
interface Lost {
  readonly fate: 'lose';
}

/** It waits, and what follows it, until the toxic is ended. */
interface Held {
  readonly fate: 'hold';
}
