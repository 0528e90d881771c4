export type { Backend, Stored, Subscriber, Write, Written } from './backend.ts';
export * from './contract.ts';
export { createStore, type StoreOptions } from './create-store.ts';
export { QUARANTINE } from './entry-reader.ts';
export * from './fallback/index.ts';
export * from './lease/index.ts';
export { MAX_KEY_BYTES } from './limits.ts';
export * from './shared-breaker/index.ts';
export { type Corrupted, storeAvailability, storeCorrupted } from './store-signals.ts';
