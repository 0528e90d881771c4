export {
  type AccessToken,
  authFaults,
  type Identity,
  MIN_TOKEN_LENGTH,
  type TokenVerdict,
  type TokenVerifier,
} from './auth/index.ts';
export { serverFaults } from './faults.ts';
export type { MetricsSource } from './metrics-route.ts';
export type { Rate, RequestRates } from './rate-limit/index.ts';
export { Refusal, type RefusalOptions } from './refusal.ts';
export { type Problem, problemMediaType } from './schemas/index.ts';
export { createServer, type Server } from './server.ts';
export type { ServerOptions } from './server-options.ts';
export { streamClosed, streamOpened } from './signal-stream/index.ts';
export { requestFinished, requestRefused, serverStarted, serverStopped } from './signals.ts';
export type { UpgradeRoute } from './upgrades.ts';
export { type WebSocketRouteOptions, webSocketRoute } from './web-socket-route.ts';
