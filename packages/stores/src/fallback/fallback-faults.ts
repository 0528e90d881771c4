import { defineFaults, fault, severity } from '@sustain/kernel';
import { storeFaults } from '../contract.ts';

type About = { store: string; reason: string };

/** What a fallback store may refuse, beside what every store may. All but SPARE_TOO_WEAK are STORE_UNAVAILABLE, too. */
export const fallbackFaults = defineFaults('stores', {
  NOT_KNOWN: fault<About & { key: string }, typeof storeFaults.STORE_UNAVAILABLE>({
    extends: storeFaults.STORE_UNAVAILABLE,
    message: ({ store, key, reason }) =>
      `"${key}" of the store ${store} is not known while its primary is away: ${reason}. Try again when it is back`,
  }),
  MAY_NOT_ACKNOWLEDGE: fault<About & { key: string }, typeof storeFaults.STORE_UNAVAILABLE>({
    extends: storeFaults.STORE_UNAVAILABLE,
    message: ({ store, key, reason }) =>
      `the store ${store} did not write "${key}", because this instance may not while the primary is away (${reason}): ask the instance that may, or try again when the primary is back`,
  }),
  JOURNAL_FULL: fault<About & { entries: number; sizeBytes: number }, typeof storeFaults.STORE_UNAVAILABLE>({
    extends: storeFaults.STORE_UNAVAILABLE,
    message: ({ store, reason }) =>
      `the journal of the store ${store} is full (${reason}), and its primary is away: bring the primary back, or allow a longer journal`,
  }),
  JOURNAL_UNAVAILABLE: fault<About, typeof storeFaults.STORE_UNAVAILABLE>({
    extends: storeFaults.STORE_UNAVAILABLE,
    severity: severity.CRITICAL,
    recovery: 'escalate',
    message: ({ store, reason }) =>
      `the spare of the store ${store} does not work: ${reason}. Nothing can be acknowledged without it while the primary is away`,
  }),
  JOURNAL_TAKEN: fault<About & { instance: string }, typeof storeFaults.STORE_UNAVAILABLE>({
    extends: storeFaults.STORE_UNAVAILABLE,
    severity: severity.CRITICAL,
    recovery: 'escalate',
    retryable: false,
    autoRecoverable: false,
    message: ({ store, instance }) =>
      `another program goes on with the journal of the instance "${instance}", so the store ${store} has none: give each program an instance name of its own`,
  }),
  SPARE_TOO_WEAK: fault<{ store: string; spare: string; durability: string }>({
    category: 'configuration',
    severity: severity.CRITICAL,
    recovery: 'escalate',
    autoRecoverable: false,
    message: ({ store, spare, durability }) =>
      `the spare ${spare} of the store ${store} keeps what it acknowledges only as "${durability}": take one that survives the death of its process, such as sqliteStore, or say acceptLoss`,
    userMessage: 'The service is not set up correctly.',
  }),
});
