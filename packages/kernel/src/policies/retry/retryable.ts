import { classify, Fault, kernelFaults } from '../../faults/index.ts';

/**
 * Whether the same call may succeed when it is made again: what `retry` goes by unless it is told otherwise.
 *
 * A fault says so itself. Anything else is classified: a lost connection yes, a cancelled or forbidden call no. Of
 * errors that nobody declared, those that JavaScript throws for mistakes in the program (TypeError, RangeError …)
 * are not retried, and others are.
 */
export function isRetryable(error: unknown): boolean {
  if (error instanceof Fault) return error.retryable;
  const fault = classify(error);
  return kernelFaults.UNEXPECTED.matches(fault) ? !isMistake(error) : fault.retryable;
}

function isMistake(error: unknown): boolean {
  return MISTAKES.some((mistake) => error instanceof mistake);
}

const MISTAKES = [TypeError, RangeError, ReferenceError, SyntaxError, EvalError, URIError] as const;
