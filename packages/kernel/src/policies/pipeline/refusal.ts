import type { Fault } from '../../faults/index.ts';

/** A refusal, not yet made into an error: a fallback may never need one. */
export interface Refusal {
  readonly retryable: boolean;
  toFault(operationId: string | undefined): Fault;
}
