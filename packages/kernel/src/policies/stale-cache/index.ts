export { type StaleCache, type StaleCacheOptions, staleCache } from './stale-cache.ts';
export { revalidationFailed, type StaleAnswer, staleServed } from './stale-cache-signals.ts';
