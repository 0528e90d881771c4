import type { Signal, SignalType } from '@sustain/kernel';

/** @internal Listens to one kind of signal until the whole is stopped. */
export type Hear = <Data>(type: SignalType<Data>, listener: (signal: Signal<Data>) => void) => void;

/** @internal Upper bounds in seconds, for what takes from a millisecond to minutes. */
export const longBuckets: readonly number[] = [
  0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];
