import type { Revision } from '../contract.ts';

/** @internal Where an instance keeps what in the spare. Local revisions have sixteen digits, so their order is that of keys. */
export interface SpareKeys {
  readonly owner: string;
  readonly journal: string;
  readonly conflicts: string;
  entry(revision: Revision): string;
  conflict(id: string): string;
  side(id: string, name: string): string;
}

export function spareKeys(instance: string): SpareKeys {
  const root = `fallback/${instance}`;
  return {
    owner: `${root}/owner`,
    journal: `${root}/journal/`,
    conflicts: `${root}/conflict/`,
    entry: (revision) => `${root}/journal/${revision}`,
    conflict: (id) => `${root}/conflict/${id}`,
    side: (id, name) => `${root}/side/${id}/${name}`,
  };
}
