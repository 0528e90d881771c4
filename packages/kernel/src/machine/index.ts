export type { Doing, Failure, FailureReason } from './attempt.ts';
export { machineChanged, machineFailed, machineRefused, transactionFinished } from './machine-signals.ts';
export {
  type ClosedTransitions,
  type EventOf,
  type MachineRefusal,
  type Sent,
  type StateChange,
  type StateListener,
  StateMachine,
  type StateMachineOptions,
  type StateOf,
  type Target,
  type Transitions,
} from './state-machine.ts';
export { type TransactionResult, transaction, type UndoFailure } from './transaction.ts';
export type { Step, TransactionOptions } from './transaction-options.ts';
