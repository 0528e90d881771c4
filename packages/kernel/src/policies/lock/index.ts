export { type AcquireOptions, type KeyLock, keyLock, type Release } from './key-lock.ts';
export { lock } from './lock.ts';
