export type { AcquireOptions, Ownership } from './ownership.ts';
export { SharedOwnership, type SharedOwnershipOptions } from './shared-ownership.ts';
export { soleOwnership } from './sole-ownership.ts';
