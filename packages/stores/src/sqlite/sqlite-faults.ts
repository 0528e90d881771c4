import { defineFaults, type Fault, fault, severity } from '@sustain/kernel';
import { storeFaults } from '../store-faults.ts';
import type { Failure, Request } from './messages.ts';

/** What only a store in a file can suffer. */
export const sqliteFaults = defineFaults('stores', {
  DATABASE_DAMAGED: fault<
    { store: string; path: string; reason: string },
    typeof storeFaults.STORE_UNAVAILABLE
  >({
    extends: storeFaults.STORE_UNAVAILABLE,
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    retryable: false,
    message: ({ store, reason, path }) => `the store ${store} cannot use all of ${path}: ${reason}`,
    userMessage: 'What was stored has been damaged.',
  }),
  DATABASE_REFUSED: fault<
    { store: string; path: string; reason: string },
    typeof storeFaults.STORE_UNAVAILABLE
  >({
    extends: storeFaults.STORE_UNAVAILABLE,
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    retryable: false,
    message: ({ store, reason, path }) => `the store ${store} cannot be kept in ${path}: ${reason}`,
    userMessage: 'The service is not set up correctly.',
  }),
});

/** Who asked for a request, and of what. */
interface Asked {
  readonly store: string;
  readonly path: string;
  readonly operationId: string | undefined;
}

/** @internal What a failure is to who asked for this. */
export function requestFault(failure: Failure, request: Request, { store, path, operationId }: Asked): Fault {
  const { reason } = failure;
  const key = keyOf(request);
  const of = { operationId };
  if (failure.failure === 'refused') return sqliteFaults.DATABASE_REFUSED({ store, path, reason }, of);
  if (failure.failure === 'damaged') {
    return request.kind === 'get'
      ? storeFaults.ENTRY_CORRUPTED({ store, key, reason, quarantinedAs: null }, of)
      : sqliteFaults.DATABASE_DAMAGED({ store, path, reason }, of);
  }
  const isChange = request.kind === 'write' || request.kind === 'touch';
  return failure.failure === 'unknown' && isChange
    ? storeFaults.OUTCOME_UNKNOWN({ store, key, reason }, of)
    : storeFaults.STORE_UNAVAILABLE({ store, reason }, of);
}

function keyOf(request: Request): string {
  if (request.kind === 'write') return request.write.key;
  return request.kind === 'get' || request.kind === 'touch' ? request.key : '';
}
