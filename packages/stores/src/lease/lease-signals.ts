import { defineSignal, type SignalType } from '@sustain/kernel';

interface OfLease {
  readonly key: string;
  readonly token: number;
  readonly holder: string;
}

/** Somebody has a lease. The source of this signal, and of the others, is the store's name. */
export const leaseAcquired: SignalType<OfLease & { readonly waitedMs: number }> =
  defineSignal('lease.acquired');

/** A holder has lost its lease, or must take it for lost. */
export const leaseLost: SignalType<OfLease & { readonly heldMs: number; readonly reason: string }> =
  defineSignal('lease.lost');

/** A holder has let go. `told` is false when the store could not be told: it then ends by its ttl. */
export const leaseReleased: SignalType<OfLease & { readonly heldMs: number; readonly told: boolean }> =
  defineSignal('lease.released');
