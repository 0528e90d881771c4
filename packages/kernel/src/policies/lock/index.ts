export {
  type AcquireOptions,
  KeyLock,
  type KeyLockOptions,
  type LockHolder,
  type Release,
} from './key-lock.ts';
export { type LockOptions, lock, lockWaiting } from './lock.ts';
export { lockFaults } from './lock-faults.ts';
