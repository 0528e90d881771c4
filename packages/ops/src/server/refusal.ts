import { classify, Fault } from '@sustain/kernel';
import { serverFaults } from './faults.ts';

export interface RefusalOptions {
  /** More headers of the answer, by their names in lower case; they replace those that every problem has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** More members of the problem (RFC 9457, section 3.2), for programs. Nothing inner in them: they get out as they are. */
  readonly members?: Readonly<Record<string, unknown>>;
}

/**
 * A fault with the HTTP status it is answered with. A route throws it when it knows the status:
 * `throw new Refusal(faults.PARAMETERS_INVALID({ field }), 400)`.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly fault: Fault;
  /** 400 to 599. */
  readonly status: number;
  readonly options: RefusalOptions;

  constructor(fault: Fault, status: number, options: RefusalOptions = {}) {
    super(fault.message, { cause: fault });
    this.fault = fault;
    this.status = status;
    this.options = options;
  }
}

/**
 * Makes a refusal of anything that a route threw. A plain fault is answered with 503 when the same request may
 * succeed later and with 500 when not; what Fastify refuses keeps its status; everything else is 500, also what another
 * service refused us with a status of its own.
 */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof Fault) return new Refusal(error, error.retryable ? 503 : 500);
  if (isOfFastify(error) && error.statusCode >= 400 && error.statusCode < 500) {
    return new Refusal(
      serverFaults.REQUEST_INVALID({ reason: error.message }, { cause: error }),
      error.statusCode,
    );
  }
  return new Refusal(classify(error), 500);
}

function isOfFastify(error: unknown): error is Error & { readonly statusCode: number } {
  if (!(error instanceof Error && 'code' in error && 'statusCode' in error)) return false;
  return String(error.code).startsWith('FST_') && typeof error.statusCode === 'number';
}
