import { defineSignal } from '../signals/index.ts';
import type { MachineRefusal } from './state-machine.ts';
import type { TransactionResult } from './transaction.ts';

interface MachineReport {
  readonly machine: string;
  readonly event: string;
}

/** A machine has changed its state. The source of the signal is the machine's name. */
export const machineChanged = defineSignal<MachineReport & { readonly from: string; readonly to: string }>(
  'machine.changed',
);

/** An event came that did not move it. Those that were queued say it in their turn. */
export const machineRefused = defineSignal<
  MachineReport & { readonly state: string; readonly reason: MachineRefusal }
>('machine.refused');

/** A guard or a listener threw. The machine goes on. */
export const machineFailed = defineSignal<MachineReport & { readonly error: unknown }>('machine.failed');

/** A transaction came to its end. The source of the signal is its name. */
export const transactionFinished = defineSignal<{
  readonly transaction: string;
  readonly result: TransactionResult;
  readonly durationMs: number;
}>('transaction.finished');
