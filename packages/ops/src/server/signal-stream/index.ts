export { SignalHistory, type SignalHistoryOptions } from './signal-history.ts';
export { type SignalRoutesOptions, signalRoutes } from './signal-routes.ts';
export { streamClosed, streamOpened } from './stream-signals.ts';
