import { defineFaults, fault, severity } from '@sustain/kernel';

/** What can break in a store, and what can be wrong with what it is asked. */
export const storeFaults = defineFaults('stores', {
  STORE_UNAVAILABLE: fault<{ store: string; reason: string }>({
    category: 'store',
    severity: severity.ERROR,
    recovery: 'reconnect_retry',
    retryable: true,
    message: ({ store, reason }) => `the store ${store} cannot be reached: ${reason}`,
    userMessage: 'What is stored cannot be reached at the moment. Try again shortly.',
  }),
  OUTCOME_UNKNOWN: fault<{ store: string; key: string; reason: string }, 'STORE_UNAVAILABLE'>({
    extends: 'STORE_UNAVAILABLE',
    retryable: false,
    message: ({ store, key, reason }) =>
      `a write of "${key}" was sent to the store ${store}, and its answer was lost (${reason}): it may have happened. Repeat it with the same operationId, or look`,
  }),
  ENTRY_CORRUPTED: fault<{ store: string; key: string; reason: string; quarantinedAs: string | null }>({
    category: 'store',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ store, key, reason, quarantinedAs }) =>
      `what the store ${store} has under "${key}" is not what was written (${reason})${quarantinedAs === null ? '' : `; a copy is kept under "${quarantinedAs}"`}: write it again, or delete it`,
    userMessage: 'What was stored has been damaged.',
  }),
  GUARD_LOST: fault<{ store: string; key: string; guard: string; revision: number }>({
    category: 'conflict',
    severity: severity.WARNING,
    recovery: 'none',
    message: ({ key, guard, revision }) =>
      `"${key}" was not written: its guard "${guard}" is no longer at revision ${revision}. Whoever wrote has lost its lease: acquire it anew and read again`,
    userMessage: 'Somebody else has taken this over.',
  }),
  STORE_CLOSED: fault<{ store: string }>({
    category: 'lifecycle',
    severity: severity.WARNING,
    recovery: 'none',
    message: ({ store }) => `the store ${store} is closed: open it again, or do not use it after close()`,
  }),
  STORE_REQUEST_INVALID: fault<{ store: string; reason: string }>({
    category: 'client',
    severity: severity.WARNING,
    recovery: 'reject',
    message: ({ store, reason }) => `the store ${store} cannot do that: ${reason}`,
  }),
  KEY_INVALID: fault<{ store: string; key: string; reason: string }, 'STORE_REQUEST_INVALID'>({
    extends: 'STORE_REQUEST_INVALID',
    message: ({ key, reason }) => `"${key}" cannot be a key: ${reason}`,
  }),
  VALUE_INVALID: fault<{ store: string; key: string; reason: string }, 'STORE_REQUEST_INVALID'>({
    extends: 'STORE_REQUEST_INVALID',
    message: ({ key, reason }) => `the value for "${key}" cannot be stored: ${reason}`,
  }),
  VALUE_TOO_LARGE: fault<{ key: string; sizeBytes: number; limitBytes: number }, 'VALUE_INVALID'>({
    extends: 'VALUE_INVALID',
    message: ({ key, sizeBytes, limitBytes }) =>
      `the value for "${key}" has ${sizeBytes} bytes as JSON, and ${limitBytes} are allowed: store less, or raise maxValueBytes`,
    userMessage: 'This is too large to be stored.',
  }),
  TTL_INVALID: fault<{ ttlMs: unknown }, 'STORE_REQUEST_INVALID'>({ extends: 'STORE_REQUEST_INVALID' }),
  DRIVER_MISSING: fault<{ store: string; driver: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ store, driver }) =>
      `the store ${store} needs the package "${driver}", which is not installed: npm install ${driver}`,
    userMessage: 'The service is not installed completely.',
  }),
  SERVER_TOO_OLD: fault<{ store: string; server: string; needed: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ store, server, needed }) =>
      `the store ${store} needs ${needed} or newer, and the server is ${server}: upgrade it, or use another one`,
    userMessage: 'The service is not set up correctly.',
  }),
  SERVER_UNSUITABLE: fault<{ store: string; reason: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ store, reason }) => `the store ${store} cannot work with what it was given: ${reason}`,
    userMessage: 'The service is not set up correctly.',
  }),
  DURABILITY_NOT_GIVEN: fault<{ store: string; wanted: string; reason: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ store, wanted, reason }) =>
      `the store ${store} is to keep acknowledged writes through ${wanted}, and the server does not: ${reason}`,
    userMessage: 'The service is not set up correctly.',
  }),
});
