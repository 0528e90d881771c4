import type { Entry } from '../contract.ts';

/** @internal What is stored under the key of a lease: who has it, or whose turn it is. */
export type LeaseRecord =
  | { readonly state: 'held'; readonly id: string; readonly holder: string }
  | { readonly state: 'reserved'; readonly id: string };

/** @internal Undefined when it is something else. */
export function leaseRecordOf({ value }: Entry): LeaseRecord | undefined {
  const { state, id } = (value ?? {}) as Partial<LeaseRecord>;
  return typeof id === 'string' && (state === 'held' || state === 'reserved')
    ? (value as LeaseRecord)
    : undefined;
}
