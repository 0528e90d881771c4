export { type ServeSessionsOptions, serveSessions } from './serve-sessions.ts';
export { issueSessionToken, SessionTokens, type SessionTokensOptions } from './tokens/index.ts';
