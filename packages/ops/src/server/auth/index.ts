export { type AccessToken, MIN_TOKEN_LENGTH } from './access-tokens.ts';
export { authFaults } from './auth-faults.ts';
export { type Admitted, Authentication, type Identity, LIVE_PATH } from './authentication.ts';
export { loginRoutes } from './login-routes.ts';
export { signInPage, signInPagePolicy } from './sign-in-page.ts';
export type { TokenVerdict, TokenVerifier } from './token-verifiers.ts';
