export {
  type MachineRefusal,
  machineChanged,
  machineFailed,
  transactionFinished,
} from './machine-signals.ts';
export {
  type ClosedTransitions,
  type EventOf,
  type Sent,
  type StateChange,
  type StateListener,
  type StateMachine,
  type StateMachineOptions,
  type StateOf,
  stateMachine,
  type Target,
  type Transitions,
} from './state-machine.ts';
export { transaction } from './transaction.ts';
export type { Doing, Step, TransactionOptions } from './transaction-options.ts';
export type { Failure, FailureReason, TransactionResult, UndoFailure } from './transaction-result.ts';
