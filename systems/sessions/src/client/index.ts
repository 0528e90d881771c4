export * from './session-api.ts';
export { createSessionsClient, type SessionsClient, type SessionsClientOptions } from './sessions-client.ts';
