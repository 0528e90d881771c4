import { fallbackFaults, leaseFaults, storeFaults } from '@sustain/stores';
import { sqliteFaults } from '@sustain/stores/sqlite';
import { drillSuite } from '../../drill/index.ts';
import { diskFull, entryDamaged, foreignDatabase, pagesDamaged } from './database-files.ts';
import {
  journalFull,
  journalTaken,
  journalUnavailable,
  mayNotAcknowledge,
  notKnown,
  spareTooWeak,
} from './journal.ts';
import { guardLost, leaseLost, leaseNotAcquired } from './leases.ts';
import { fsyncOff, schemaTooNew } from './postgres.ts';
import { redisAnswerLost, redisHalfOpen, redisRefused } from './redis-network.ts';
import { driverMissing, durabilityTaken, serverTooOld } from './redis-settings.ts';
import { refusals } from './refusals.ts';
import { postgresKilled, redisKilled, redisPaused } from './servers-with-fallback.ts';
import { sharedBreakerAlone } from './shared-breaker.ts';

/** What becomes of state when servers, disks and networks fail, and of those who ask for what cannot be. */
export const storesDrills = drillSuite({
  system: 'stores',
  catalogs: [storeFaults, leaseFaults, fallbackFaults, sqliteFaults],
  drills: [
    ...refusals,
    ...[guardLost, leaseLost, leaseNotAcquired],
    ...[notKnown, mayNotAcknowledge, journalFull, journalUnavailable, journalTaken, spareTooWeak],
    ...[redisRefused, redisAnswerLost, redisHalfOpen, durabilityTaken, serverTooOld, driverMissing],
    ...[schemaTooNew, fsyncOff],
    ...[redisKilled, redisPaused, postgresKilled, sharedBreakerAlone],
    ...[entryDamaged, pagesDamaged, foreignDatabase, diskFull],
  ],
  module: import.meta.url,
});
