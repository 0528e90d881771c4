export {
  type AcquireOptions,
  type KeyLock,
  type KeyLockOptions,
  keyLock,
  type LockHolder,
  type Release,
} from './key-lock.ts';
export { type LockOptions, lock, lockWaiting } from './lock.ts';
export { lockFaults } from './lock-faults.ts';
