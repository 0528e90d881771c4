export { findPostgres, type PostgresServerOptions, postgresServer } from './postgres-server.ts';
export { findRedis, type RedisServerOptions, redisServer } from './redis-server.ts';
export { serverKilled, serverPaused, serverStopped } from './server-broken.ts';
export {
  type ServerDefinition,
  ServerProcess,
  type ServerProcessOptions,
  type ServerState,
} from './server-process.ts';
