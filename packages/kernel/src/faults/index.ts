export { type Classify, classify } from './classify.ts';
export {
  type AnyFaultFactory,
  type ChildDeclaration,
  defineFaults,
  type FaultCatalog,
  type FaultFactory,
  fault,
} from './define-faults.ts';
export { type ErrorHead, headOf } from './error-head.ts';
export { Fault, type FaultContext, type FaultDeclaration, type FaultOptions } from './fault.ts';
export { faultFromJson } from './fault-from-json.ts';
export type { ErrorJson, FaultJson } from './fault-json.ts';
export { type ErrorFacts, kernelFaults } from './kernel-faults.ts';
export { isCancelled, isRetryableError } from './known-errors.ts';
export {
  createOperation,
  currentOperation,
  type Operation,
  type OperationCarrier,
  runInOperation,
  setOperationCarrier,
} from './operation.ts';
export { type Severity, type SeverityName, severity, severityName } from './severity.ts';
