export { acquireLease, tryAcquireLease, withLease } from './acquire-lease.ts';
export type { Lease } from './lease.ts';
export { leaseFaults } from './lease-faults.ts';
export type { LeaseOptions } from './lease-options.ts';
export { leaseAcquired, leaseLost, leaseReleased } from './lease-signals.ts';
