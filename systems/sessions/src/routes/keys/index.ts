export { idempotencyKeyOf, type ScopedKey, scopedKey } from './idempotency-key.ts';
export { KnownKeys, keyReused, MOST_KEYS } from './known-keys.ts';
