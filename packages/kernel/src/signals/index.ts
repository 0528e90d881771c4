export { noSignals, type SignalSink } from './no-signals.ts';
export {
  defineSignal,
  type Signal,
  type SignalChannel,
  type SignalCounts,
  type SignalListener,
  type SignalOrigin,
  Signals,
  type SignalType,
} from './signals.ts';
