import { classify, Fault } from '@sustain/kernel';
import { serverFaults } from './faults.ts';

/**
 * A fault with the HTTP status it is answered with. A route throws it when it knows the status:
 * `throw new Refusal(faults.PARAMETERS_INVALID({ field }), 400)`.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly fault: Fault;
  /** 400 to 599. */
  readonly status: number;

  constructor(fault: Fault, status: number) {
    super(fault.message, { cause: fault });
    this.fault = fault;
    this.status = status;
  }
}

/**
 * Makes a refusal of anything that a route threw. A plain fault is answered with 503 when the same request may
 * succeed later and with 500 when not; what Fastify refuses keeps its status; everything else is 500.
 */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof Fault) return new Refusal(error, error.retryable ? 503 : 500);
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (typeof status === 'number' && status >= 400 && status < 500) {
    return new Refusal(
      serverFaults.REQUEST_INVALID({ reason: (error as Error).message }, { cause: error }),
      status,
    );
  }
  return new Refusal(classify(error), 500);
}
