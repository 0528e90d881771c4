import type { Signals } from './signals.ts';

/** What signals are told to: a bus, or nobody. */
export type SignalSink = Pick<Signals, 'channel'>;

/** Where nobody listens: who is given no bus tells this one. */
export const noSignals: SignalSink = {
  channel: () => ({ heard: false, emit: () => undefined }),
};
