import type { Signal } from '@sustain/kernel';
import type { DescribeSignal, SignalLine } from '@sustain/ops/log';
import {
  framesDropped,
  listenerHeard,
  listenerJoined,
  listenerLeft,
  listenerResumed,
  listenerShed,
  listenerUntold,
} from './signals.ts';

type DataOf<Type> = Type extends { readonly _data?: infer Data } ? NonNullable<Data> : never;

/** What the log says of listeners: `logSignals(signals, logging, { lines: listenerLines })`. Refusals speak for themselves. */
export const listenerLines: Readonly<Record<string, DescribeSignal>> = {
  [listenerJoined.type]: ({ data: { listeners } }: Signal<DataOf<typeof listenerJoined>>) =>
    info(`a listener came, ${listeners} listen`),
  [listenerLeft.type]: ({ data }: Signal<DataOf<typeof listenerLeft>>) =>
    info(
      `a listener left after ${seconds(data.listenedMs)} (close code ${data.closeCode}), ${data.listeners} listen`,
    ),
  [listenerResumed.type]: ({ data: { how, missedMs } }: Signal<DataOf<typeof listenerResumed>>) =>
    info(
      how === 'replayed'
        ? `a listener came back, and gets the ${seconds(missedMs)} that it missed`
        : `a listener came back, and goes on after a gap of ${seconds(missedMs)}`,
    ),
  [listenerShed.type]: ({ data: { reason } }: Signal<DataOf<typeof listenerShed>>) =>
    info(`a listener was sent away: ${reason}`),
  [framesDropped.type]: ({ data }: Signal<DataOf<typeof framesDropped>>) => ({
    level: 'WARNING',
    message: `${seconds(data.droppedMs)} of audio were left out for a listener that does not keep up`,
  }),
  [listenerUntold.type]: ({ data: { code } }: Signal<DataOf<typeof listenerUntold>>) => ({
    // Otherwise the connection has ended, which is told by itself.
    level: code === 'TIMED_OUT' ? 'WARNING' : 'DEBUG',
    message: `a message did not reach a listener: ${code}`,
  }),
  // Every second from everybody: that is for metrics.
  [listenerHeard.type]: () => null,
};

function info(message: string): SignalLine {
  return { level: 'INFO', message };
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
