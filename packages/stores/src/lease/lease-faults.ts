import { defineFaults, fault, severity } from '@sustain/kernel';

/** How one comes to have no lease. */
export const leaseFaults = defineFaults('stores', {
  LEASE_LOST: fault<{ key: string; holder: string; token: number; reason: string }>({
    category: 'conflict',
    severity: severity.WARNING,
    recovery: 'none',
    message: ({ key, holder, token, reason }) =>
      `the lease "${key}" is no longer with ${holder} (token ${token}): ${reason}. Stop; acquire it anew and read again`,
    userMessage: 'Somebody else may have taken this over.',
  }),
  LEASE_NOT_ACQUIRED: fault<{ key: string; holder: string; reason: string }>({
    category: 'conflict',
    severity: severity.WARNING,
    recovery: 'retry',
    retryable: true,
    message: ({ key, reason }) => `the lease "${key}" was not acquired: ${reason}`,
    userMessage: 'Somebody else is busy with this. Try again shortly.',
  }),
});
