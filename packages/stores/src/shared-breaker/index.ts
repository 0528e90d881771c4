export type { ClusterDecision, ClusterIsolation } from './cluster-records.ts';
export { type ClusterState, type SharedBreaker, sharedBreaker } from './shared-breaker.ts';
export type { SharedBreakerOptions } from './shared-breaker-options.ts';
export { sharedBreakerAlone, sharedBreakerDecided, sharedBreakerTogether } from './shared-breaker-signals.ts';
