import { defineSignal } from '../signals/index.ts';
import type { TransactionResult } from './transaction-result.ts';

/** Why an event did not move the machine. */
export type MachineRefusal =
  /** The table has no such event in this state, or this is not the state from which it was to go. */
  | 'no-transition'
  | 'guard-refused'
  /** It came from within a guard or a listener: its turn is when all have heard of the change that is going on. */
  | 'queued'
  /** More than 100 events have come from listeners in one go: they chase each other. */
  | 'busy';

interface MachineReport {
  readonly machine: string;
  readonly event: string;
}

/** A machine has changed its state. The source of the signal is the machine's name. */
export const machineChanged = defineSignal<MachineReport & { readonly from: string; readonly to: string }>(
  'machine.changed',
);

/** A guard or a listener threw. The machine goes on. */
export const machineFailed = defineSignal<MachineReport & { readonly error: unknown }>('machine.failed');

/** A transaction came to its end. The source of the signal is its name. */
export const transactionFinished = defineSignal<{
  readonly transaction: string;
  readonly result: TransactionResult;
}>('transaction.finished');
