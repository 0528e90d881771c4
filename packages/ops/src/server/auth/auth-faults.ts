import { defineFaults, fault, severity } from '@sustain/kernel';

/** What can be wrong with tokens, and with who comes without. None of them ever carries one. */
export const authFaults = defineFaults('server', {
  TOKEN_UNUSABLE: fault<{ name: string; reason: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ name, reason }) =>
      `the access token "${name}" cannot be used: ${reason}. Make one with: node -p "crypto.randomBytes(24).toString('base64url')"`,
    userMessage: 'An access token of the server is not usable.',
  }),
  UNAUTHENTICATED: fault<{ reason: string }>({
    category: 'client',
    severity: severity.INFO,
    recovery: 'reject',
    message: ({ reason }) =>
      `${reason}: send the header "Authorization: Bearer <token>", or sign in with POST /api/login`,
    userMessage: 'Sign in first.',
  }),
  TOO_MANY_ATTEMPTS: fault<{ address: string; retryAfterMs: number }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    retryable: true,
    message: ({ retryAfterMs }) =>
      `too many wrong tokens came from this address: try again in ${Math.ceil(retryAfterMs / 1000)} s`,
    userMessage: 'Too many failed attempts. Try again later.',
  }),
  TOKEN_IN_QUERY: fault<{ parameter: string }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ parameter }) =>
      `a token does not belong into an address, where logs and histories keep it (parameter "${parameter}"): send the header "Authorization: Bearer <token>", or sign in with POST /api/login, and make a new token`,
    userMessage: 'A token does not belong into an address.',
  }),
  SESSION_FROM_ELSEWHERE: fault({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: () =>
      'a session writes only with the Origin of its own page: programs send the header "Authorization: Bearer <token>" instead of the cookie',
    userMessage: 'This page may not control the server.',
  }),
});
