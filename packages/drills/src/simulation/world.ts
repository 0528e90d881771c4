import type { Clock, Random } from '@sustain/kernel';
import type { AudioTimeline } from './audio-timeline.ts';
import type { Connection } from './connection.ts';
import type { InvariantOptions } from './invariant.ts';
import type { Network, NetworkOptions } from './network.ts';
import type { Port, PortOptions } from './port.ts';
import type { ProcessOptions, SimulatedProcess, StartProcess } from './process.ts';

/** All that a program may use of the world, and what is said about it. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  /** Aborts when the user cancels, which is a fault of a call. */
  readonly user: AbortSignal;
  /** What remote ports need, and some faults of calls take away. */
  readonly connection: Connection;
  /**
   * `impl`, whose methods now take time, and may go wrong. Every call is an event where it is done, and one where it is
   * answered; calls are counted, `name.method#1`, so that a plan can name them.
   */
  port<T extends object>(name: string, impl: T, options?: PortOptions): Port<T>;
  /** Starts a process that can crash: see SimulatedProcess. Its name is its address. */
  process<M = unknown>(name: string, start: StartProcess<M>, options?: ProcessOptions): SimulatedProcess;
  /** How messages between processes fare from now on. */
  network(options?: NetworkOptions): Network;
  /** What somebody hears, as intervals. The same one for the same name. */
  audio(listener: string): AudioTimeline;
  /** What must hold: `check` throws or answers `false` where it does not. It must change nothing, and answer no promise. */
  invariant(name: string, check: () => unknown, options?: InvariantOptions): void;
  /** Adds a line to the trace. */
  note(text: string): void;
}
