export {
  issueSessionToken,
  MIN_SECRET_BYTES,
  SessionTokens,
  type SessionTokensOptions,
} from './session-tokens.ts';
