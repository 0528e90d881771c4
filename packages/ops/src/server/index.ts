export { serverFaults } from './faults.ts';
export { type Problem, problemMediaType } from './problem.ts';
export { Refusal } from './refusal.ts';
export { createServer, type Server } from './server.ts';
export type { ServerOptions } from './server-options.ts';
export { requestRefused, serverStarted, serverStopped } from './signals.ts';
export type { UpgradeRoute } from './upgrades.ts';
export { type WebSocketRouteOptions, webSocketRoute } from './web-socket-route.ts';
