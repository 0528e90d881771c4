import type { Ownership } from './ownership.ts';

/** Of an instance that is the only one on its store: everything is its own. */
export function soleOwnership(instance: string): Ownership {
  return {
    instance,
    mark: undefined,
    isOurs: () => true,
    isNobodyElses: () => true,
    mayGive: () => false,
    mayPromise: true,
    knowsAll: true,
    term: 1,
    checkLife: () => undefined,
    acquire: async (entry) => entry,
    open: async () => undefined,
    close: async () => undefined,
  };
}
